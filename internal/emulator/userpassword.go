package emulator

import "unicode"

// checkUserPassword holds a new password against the policy of cloud accounts: 8 to 256
// characters of three kinds, unless the account is excepted from the latter.
// https://learn.microsoft.com/entra/identity/authentication/concept-sspr-policy
func checkUserPassword(user *object, profile body) *graphError {
	password, given := profile["password"].(string)
	if !given {
		return nil
	}
	kinds := map[string]bool{}
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			kinds["lower"] = true
		case unicode.IsUpper(r):
			kinds["upper"] = true
		case unicode.IsDigit(r):
			kinds["digit"] = true
		default:
			kinds["symbol"] = true
		}
	}
	weak := false
	for _, p := range splitList(user.text("passwordPolicies")) {
		weak = weak || p == "DisableStrongPassword"
	}
	if n := len([]rune(password)); n < 8 || n > 256 || len(kinds) < 3 && !weak {
		return badRequest("The specified password does not comply with password complexity requirements. Please provide a different password.")
	}
	return nil
}
