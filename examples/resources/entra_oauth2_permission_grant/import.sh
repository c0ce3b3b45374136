# The id of the grant, which is no GUID.
terraform import entra_oauth2_permission_grant.shop_graph 0xySAtdFxkWpz9N7VYyPFwhDiCLaNKhKpRcSpyXQOwYdqn1LpRcSpyXQOwYhDiCL
