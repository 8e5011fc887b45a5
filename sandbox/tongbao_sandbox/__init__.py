"""The sandbox: the whole platform in one process, with test merchants, test customers and test money."""
