# The id of the terms of use.
terraform import entra_terms_of_use.guests 0ec9f6a6-159d-4dd8-a563-1f0b5935e80b
