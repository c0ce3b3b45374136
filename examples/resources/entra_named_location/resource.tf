# Networks. Only a set of networks can be trusted.
resource "entra_named_location" "headquarters" {
  display_name = "Headquarters"

  ip = {
    ip_ranges  = ["203.0.113.0/24", "2001:db8:100::/48"]
    is_trusted = true
  }

  # Graph refuses to delete a location while a policy refers to it: with this,
  # a replacement is made and referred to before the old one goes.
  lifecycle {
    create_before_destroy = true
  }
}

# Countries.
resource "entra_named_location" "operating_countries" {
  display_name = "Countries in which we operate"

  country = {
    countries_and_regions                 = ["CH", "DE", "FR"]
    include_unknown_countries_and_regions = false
  }

  lifecycle {
    create_before_destroy = true
  }
}
