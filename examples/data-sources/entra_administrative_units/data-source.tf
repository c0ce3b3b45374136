data "entra_administrative_units" "emea" {
  display_name_prefix = "EMEA"
}

output "emea_units" {
  value = data.entra_administrative_units.emea.ids
}
