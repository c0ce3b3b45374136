import {
  to = entra_user.admin
  id = "fe3a451e-09dd-5b75-bbbc-8bf9443d8b43"
}
