package catalog

import (
	"encoding/base64"
	"encoding/pem"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// keyCredentials are the certificates with whose private halves an application
// signs in. They stand in the code whole, since they are public: a recovery
// brings them back, and one that somebody adds is seen. P14: a PATCH replaces
// them all and wants the material of each again, and Graph tells it only where
// it is asked for.
func keyCredentials() kind.Attr {
	return kind.MapBy("keyId", "key_credentials", kind.Optional,
		"Certificates of the application, by their key id: a GUID of your choice. Left out, they are not managed. Every certificate that is not listed is removed, and `{}` removes all.",
		kind.Text("key", kind.Optional, "The certificate, public half alone: PEM as in `file(\"cert.pem\")`, or DER or PEM in base64 as in `filebase64(\"cert.cer\")`. An export writes DER in base64. Microsoft Graph tells it for certificates alone; one without it can be kept, and cannot be made anew.").Via(certificate),
		kind.Text("display_name", kind.Server, "Name of the certificate. Left out, its subject."),
		kind.Text("start_date_time", kind.Server, "When it begins to be valid, RFC 3339. Left out, what the certificate says.").Via(instant),
		kind.Text("end_date_time", kind.Server, "When it ends to be valid, RFC 3339. Left out, what the certificate says.").Via(instant),
		kind.Text("type", kind.Default, "Type of the key.").OneOf("AsymmetricX509Cert", "X509CertAndPassword", "Symmetric").Or("AsymmetricX509Cert"),
		kind.Text("usage", kind.Default, "What it is for.").OneOf("Verify", "Sign").Or("Verify")).OnItsOwn().Signing()
}

// certificate is DER in base64, whatever it was written as.
var certificate = &kind.Codec{
	Encode: func(s string) any { return canonicalCertificate(s) },
	Decode: func(v any) (string, bool) { s, ok := v.(string); return s, ok },
	Canon:  canonicalCertificate,
}

func canonicalCertificate(s string) string {
	raw := []byte(s)
	if !strings.Contains(s, "-----BEGIN") {
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
		if err != nil {
			return s
		}
		raw = b
	}
	if block, _ := pem.Decode(raw); block != nil {
		raw = block.Bytes
	} else if strings.Contains(s, "-----BEGIN") {
		return s
	}
	return base64.StdEncoding.EncodeToString(raw)
}
