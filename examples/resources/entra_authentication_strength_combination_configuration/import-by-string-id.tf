import {
  to = entra_authentication_strength_combination_configuration.keys
  id = "6e301588-db43-4d12-a79b-b2b2cc6cfad5/fb3bc2d9-6f2e-4c5e-9f0e-7f7b8f4c3d55"
}
