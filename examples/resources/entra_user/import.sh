# The object id of the user.
terraform import entra_user.admin fe3a451e-09dd-5b75-bbbc-8bf9443d8b43
