import {
  to = entra_oauth2_permission_grant.shop_graph
  id = "0xySAtdFxkWpz9N7VYyPFwhDiCLaNKhKpRcSpyXQOwYdqn1LpRcSpyXQOwYhDiCL"
}
