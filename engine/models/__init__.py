"""The models on this disk: trained ones in the home, and those installed as packages."""
