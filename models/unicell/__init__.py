"""UniCell: finds and names nuclei in H&E pictures under several label sets at once."""
