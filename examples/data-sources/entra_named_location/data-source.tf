resource "entra_named_location" "headquarters" {
  display_name = "Headquarters"

  ip = {
    ip_ranges = ["203.0.113.0/24"]
  }
}

# More often the location belongs to another configuration.
data "entra_named_location" "headquarters" {
  id = entra_named_location.headquarters.id
}

output "headquarters_networks" {
  value = data.entra_named_location.headquarters.ip.ip_ranges
}
