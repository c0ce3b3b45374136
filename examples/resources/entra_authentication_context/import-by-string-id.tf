import {
  to = entra_authentication_context.step_up
  id = "c1"
}
