# The object id of the group and the id of the setting, with a slash between.
terraform import entra_group_setting.project 1f0c3a52-6d0b-4a37-9b0e-3c8f6f5f1a11/06c4a95a-5b1c-4b5e-9a52-2f1a2f4e9d33
