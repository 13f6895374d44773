package cloudtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// AWS makes this server what programs reach that ask for hosts of AWS over
// https: a proxy leads there, and an authority that they are told to trust
// vouches for the names. The variables are for the environment of a program
// that is started; Go reads those of proxies once.
func (s *Server) AWS(t testing.TB, hosts ...string) (env []string) {
	authority, certificate := certified(t, hosts)
	there := httptest.NewUnstartedServer(s)
	there.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	there.StartTLS()
	t.Cleanup(there.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { tunnel(w, r, there.Listener.Addr().String()) }))
	t.Cleanup(proxy.Close)
	bundle := filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority}), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"HTTPS_PROXY=" + proxy.URL, "https_proxy=" + proxy.URL, "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1", "AWS_CA_BUNDLE=" + bundle}
}

// certified makes an authority and a certificate of its for some hosts.
func certified(t testing.TB, hosts []string) (authority []byte, c tls.Certificate) {
	sign := func(n int64, names []string, parent *x509.Certificate, by *ecdsa.PrivateKey) ([]byte, *x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(n), Subject: pkix.Name{CommonName: "test"}, DNSNames: names, IsCA: names == nil, BasicConstraintsValid: true,
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		}
		if parent == nil {
			parent, by = template, key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
		if err != nil {
			t.Fatal(err)
		}
		return der, template, key
	}
	authority, parent, by := sign(1, nil, nil, nil)
	der, _, key := sign(2, hosts, parent, by)
	return authority, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// tunnel answers CONNECT, wherever it is for.
func tunnel(w http.ResponseWriter, r *http.Request, address string) {
	if r.Method != http.MethodConnect {
		http.Error(w, "CONNECT only", http.StatusMethodNotAllowed)
		return
	}
	out, err := net.Dial("tcp", address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer out.Close()
	w.WriteHeader(http.StatusOK)
	in, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer in.Close()
	go io.Copy(out, in)
	io.Copy(in, out)
}
