"""What pyproject.toml can't say: app.py, its settings and the data are installed inside the package."""

from setuptools import find_packages, setup

setup(
    script_name="setup.py",  # so that this file isn't taken for a module beside app.py
    packages=[*find_packages(include=["alternatives", "alternatives.*"]), "alternatives.app"],
    package_dir={"alternatives.app": "."},
    package_data={"alternatives.app": [".streamlit/config.toml", "data/*"]},
)
