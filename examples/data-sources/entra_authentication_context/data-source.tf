resource "entra_authentication_context" "step_up" {
  id           = "c1"
  display_name = "Step up"
}

# More often the context belongs to another configuration.
data "entra_authentication_context" "step_up" {
  display_name = entra_authentication_context.step_up.display_name
  depends_on   = [entra_authentication_context.step_up]
}

output "step_up_id" {
  value = data.entra_authentication_context.step_up.id
}
