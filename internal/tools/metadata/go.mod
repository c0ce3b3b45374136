module github.com/entrarecovery/terraform-provider-entra/internal/tools/metadata

go 1.26.0
