"""The agenda of a review: made by the product when it is opened, each item with its facts then."""
