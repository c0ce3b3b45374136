# The object id of an application, live or in the recycle bin; not its client id.
terraform import entra_application.orders_api 1f0c3a52-6d0b-4a37-9b0e-3c8f6f5f1a11
