"""From recorded falls and daily acts to the robot's models; needs scikit-learn, unlike the detector."""
