"""Which head on your own data, and how sure? Forty networks at once, and every pair on the same seed.

python tests/examples/many_networks.py
"""

from scipy.stats import ttest_1samp
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from alternatives import train_many


def main() -> None:
    X, y = load_wine(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, stratify=y, random_state=0)
    scaler = StandardScaler().fit(X_train)

    networks = train_many(
        scaler.transform(X_train),
        y_train,
        {
            "softmax": {"head": "softmax"},
            "Taylor softmax": {"head": "Taylor softmax"},
            "spherical softmax, ε = 0.1": {"head": "spherical softmax(epsilon=0.1)", "learning_rate": 0.003},
            "softmax, no hidden layer": {"head": "softmax", "hidden_layer_sizes": ()},
        },
        n_seeds=10,
        n_epochs=40,
    )
    measured = networks.measured(scaler.transform(X_test), y_test)
    print(measured.groupby("variant", sort=False)[["accuracy", "log loss"]].mean().round(3))

    log_losses = measured.pivot_table(index="seed", columns="variant", values="log loss")
    for name in networks.names[1:3]:  # they share each seed's initial weights and mini-batches with the first
        differences = log_losses[name] - log_losses["softmax"]
        low, high = ttest_1samp(differences, 0).confidence_interval()
        interval = f"95 % CI {low:+.3f} to {high:+.3f}"
        print(f"{name}: log loss {differences.mean():+.3f} nats to softmax's, {interval}")


if __name__ == "__main__":
    main()
