"""What is sent: requests generated from openapi.yaml, and the few scenarios that no schema can express."""
