"""Published figures against what cellkit's models predict: nothing is tuned, and large errors are shown as they are."""
