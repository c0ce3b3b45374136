package cli

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// authority is the folder of --tls-dir: a certificate authority made on the spot, the
// emulator's own certificate, and a certificate with which a client can sign in. What is
// there and still valid is used again, so that a client that trusts ca.pem goes on.
type authority struct {
	dir    string
	server tls.Certificate
	client *x509.Certificate
}

func (a *authority) ca() string         { return filepath.Join(a.dir, "ca.pem") }
func (a *authority) clientFile() string { return filepath.Join(a.dir, "client.pfx") }

const (
	validFor   = 365 * 24 * time.Hour
	caValidFor = 10 * validFor
	spare      = 24 * time.Hour // what is used again must live at least so long
)

// openAuthority reads or makes the files. The server's certificate names loopback and
// the hosts.
func openAuthority(dir string, hosts []string, now time.Time) (*authority, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	a := &authority{dir: dir}
	root, key, err := a.openRoot(now)
	if err != nil {
		return nil, err
	}
	if err := a.openServer(root, key, append([]string{"localhost", "127.0.0.1", "::1"}, hosts...), now); err != nil {
		return nil, err
	}
	return a, a.openClient(now)
}

func (a *authority) openRoot(now time.Time) (*x509.Certificate, crypto.Signer, error) {
	if pair, err := tls.LoadX509KeyPair(a.ca(), filepath.Join(a.dir, "ca-key.pem")); err == nil {
		key, signs := pair.PrivateKey.(crypto.Signer)
		if root := pair.Leaf; signs && root.IsCA && !now.Before(root.NotBefore) && now.Add(spare).Before(root.NotAfter) {
			return root, key, nil
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := certificate("Emulated tenant's certificate authority", now, caValidFor)
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	root, err := a.write("ca", template, template, key, key)
	return root, key, err
}

func (a *authority) openServer(root *x509.Certificate, rootKey crypto.Signer, hosts []string, now time.Time) error {
	var err error
	if a.server, err = a.loadServer(root, hosts, now); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := certificate("Emulated tenant", now, validFor)
	template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if !slices.Contains(template.DNSNames, host) {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	if _, err := a.write("server", template, root, key, rootKey); err != nil {
		return err
	}
	a.server, err = a.loadServer(root, hosts, now)
	return err
}

// loadServer takes a certificate only if a client that trusts the root alone would.
func (a *authority) loadServer(root *x509.Certificate, hosts []string, now time.Time) (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(a.dir, "server.pem"), filepath.Join(a.dir, "server-key.pem"))
	if err != nil {
		return pair, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	for _, host := range hosts {
		for _, at := range []time.Time{now, now.Add(spare)} {
			if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: at}); err != nil {
				return pair, err
			}
		}
	}
	return pair, nil
}

// openClient reads or makes client.pfx, without a password: PKCS #12 in the old
// encryption is what both azidentity and azuread read.
func (a *authority) openClient(now time.Time) error {
	content, err := os.ReadFile(a.clientFile())
	if err == nil {
		_, a.client, err = pkcs12.Decode(content, "")
		if err == nil && !now.Before(a.client.NotBefore) && now.Add(spare).Before(a.client.NotAfter) {
			return nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	template := certificate("Emulated tenant's client", now, validFor)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	if a.client, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	if content, err = pkcs12.LegacyDES.Encode(key, a.client, nil, ""); err != nil {
		return err
	}
	return os.WriteFile(a.clientFile(), content, 0o600)
}

func certificate(name string, now time.Time, life time.Duration) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		panic(err) // the system's source of randomness does not fail
	}
	return &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(life)}
}

// write signs a certificate and puts it and its key into NAME.pem and NAME-key.pem.
func (a *authority) write(name string, template, parent *x509.Certificate, key, parentKey crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	for _, file := range []struct {
		name, kind string
		content    []byte
		mode       fs.FileMode
	}{
		{name + "-key.pem", "PRIVATE KEY", private, 0o600},
		{name + ".pem", "CERTIFICATE", der, 0o644},
	} {
		block := pem.EncodeToMemory(&pem.Block{Type: file.kind, Bytes: file.content})
		if err := os.WriteFile(filepath.Join(a.dir, file.name), block, file.mode); err != nil {
			return nil, fmt.Errorf("could not write %s: %w", file.name, err)
		}
	}
	return x509.ParseCertificate(der)
}
