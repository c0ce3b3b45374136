resource "entra_administrative_unit" "emea" {
  display_name = "EMEA"
}

# More often the unit belongs to another configuration.
data "entra_administrative_unit" "emea" {
  display_name = entra_administrative_unit.emea.display_name
  depends_on   = [entra_administrative_unit.emea]
}

output "emea_id" {
  value = data.entra_administrative_unit.emea.id
}
