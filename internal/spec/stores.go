package spec

import (
	"path/filepath"
	"strings"
)

// Java's key stores and trust stores, as far as the client can read them.

const (
	toPKCS12 = "convert it: keytool -importkeystore -srckeystore client.jks -destkeystore client.p12 -deststoretype PKCS12, and name the .p12"
	toPEM    = "convert it: keytool -exportcert -rfc -alias NAME -keystore trust.jks >> ca.pem for each certificate in it (keytool -list), and name the .pem"
)

// location takes Spring's file: away.
func location(text string) (string, error) {
	text = strings.TrimSpace(text)
	for _, other := range []string{"classpath:", "classpath*:", "http:", "https:", "base64:"} {
		if strings.HasPrefix(text, other) {
			return "", safely(other + " is no place that a Go program can read: name a file")
		}
	}
	if path, ok := strings.CutPrefix(text, "file:"); ok {
		if strings.HasPrefix(path, "//") {
			path = path[2:]
		}
		text = path
	}
	if text == "" {
		return "", safely("the path is empty")
	}
	return text, nil
}

// typeOfStore is what a store's type says, else its extension; JKS where
// neither says anything, as Java has it.
func typeOfStore(path, said string) string {
	if said != "" {
		return strings.ToUpper(strings.TrimSpace(said))
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".p12", ".pfx", ".pkcs12":
		return "PKCS12"
	case ".pem", ".crt", ".cer", ".key":
		return "PEM"
	default:
		return "JKS"
	}
}

func keyStore(text string, sibling func(string) string) (map[string]string, error) {
	path, err := location(text)
	if err != nil {
		return nil, err
	}
	switch typeOfStore(path, sibling("ssl.key-store-type")) {
	case "PKCS12":
		return map[string]string{"properties.ssl.keystore.location": path}, nil
	case "PEM":
		return map[string]string{"properties.ssl.key.location": path, "properties.ssl.certificate.location": path}, nil
	default:
		return nil, safely("the client reads key stores of type PKCS12 and PEM, not of type JKS, which Java takes where no type is set; set ssl.key-store-type, or " + toPKCS12)
	}
}

func trustStore(text string, sibling func(string) string) (map[string]string, error) {
	path, err := location(text)
	if err != nil {
		return nil, err
	}
	if typeOfStore(path, sibling("ssl.trust-store-type")) == "PEM" {
		return map[string]string{"properties.ssl.ca.location": path}, nil
	}
	return nil, safely("the client reads trust stores of type PEM only; set ssl.trust-store-type: PEM if it is one, or " + toPEM)
}

// storeType checks a type, which the location beside it uses.
func storeType(known ...string) reader {
	return func(text string, _ func(string) string) (map[string]string, error) {
		for _, k := range known {
			if strings.EqualFold(strings.TrimSpace(text), k) {
				return nil, nil
			}
		}
		if len(known) == 1 {
			return nil, safely("the client reads trust stores of type PEM only; " + toPEM)
		}
		return nil, safely("the client reads key stores of type PEM and PKCS12 only; " + toPKCS12)
	}
}

func noBundle(string, func(string) string) (map[string]string, error) {
	return nil, safely("there are no bundles here: name the files of the bundle by ssl.trust-store-location (PEM) and ssl.key-store-location (PKCS12 or PEM)")
}
