data "entra_named_locations" "networks" {
  filter = "isof('microsoft.graph.ipNamedLocation')"
}

output "trusted_networks" {
  value = flatten([for l in data.entra_named_locations.networks.objects : l.ip.ip_ranges if l.ip.is_trusted])
}
