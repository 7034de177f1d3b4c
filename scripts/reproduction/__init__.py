"""What the scripts reproduce_methods.py and reproduce_augmentations.py share."""
