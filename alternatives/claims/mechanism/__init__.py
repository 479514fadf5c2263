"""How a claim is put together, tested, judged, drawn, recorded and asked for, whatever it says."""
