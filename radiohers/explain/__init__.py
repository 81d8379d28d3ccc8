"""What a network looks at: Grad-CAM, and how much of it is on the lesion."""

from radiohers.explain._crops_of import crops_and_network
from radiohers.explain._display_grad_cam import GradCamDisplay
from radiohers.explain._grad_cam import grad_cam
from radiohers.explain._lesion_share import lesion_share

__all__ = ["GradCamDisplay", "crops_and_network", "grad_cam", "lesion_share"]
