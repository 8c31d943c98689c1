package directive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/directive"
)

// Names of test files, and of files that are not always built, are the
// package's own, too: an import of that name would not compile beside them.
func TestNamesOfFilesThatAreNotAlwaysBuiltAreTaken(t *testing.T) {
	t.Parallel()
	files := with("//kafka:listener id=a topics=orders ack-mode=record group-id=g")
	files["go.mod"] = "module example.com/shop\n"
	files["shop_linux.go"] = "package shop\n\nvar app = 1\n"
	files["shop_test.go"] = "package shop\n\nfunc fx() {}\n"
	files["ext_test.go"] = "package shop_test\n\nfunc ackmode() {}\n"
	files["drawn.go"] = "//go:build ignore\n\npackage main\n\nfunc listener() {}\n"
	m, err := directive.Scan(moduleOf(t, files))
	require.NoError(t, err)
	require.Empty(t, m.Check())
	out, err := m.Files()
	require.NoError(t, err)
	require.Len(t, out, 1)
	text := string(out[0].Text)
	require.Contains(t, text, "kafkaapp \"")
	require.Contains(t, text, "kafkafx \"")
	require.Contains(t, text, "\t\"github.com/hearken-go/hearken/ackmode\"")
	require.Contains(t, text, "\t\"github.com/hearken-go/hearken/listener\"")
}

// A package that is called otherwise than its folder is known by its own name.
func TestListenersAreAskedForByThePackagesName(t *testing.T) {
	t.Parallel()
	for name, main := range map[string]string{
		"its own name": "package main\n\nimport \"example.com/shop/go-shop\"\n\nvar _ = shop.KafkaListeners()\n\nfunc main() {}\n",
		"another name": "package main\n\nimport s \"example.com/shop/go-shop\"\n\nvar _ = s.KafkaListeners()\n\nfunc main() {}\n",
		"no name":      "package main\n\nimport . \"example.com/shop/go-shop\"\n\nvar _ = KafkaListeners()\n\nfunc main() {}\n",
	} {
		files := map[string]string{"go-shop/shop.go": with("//kafka:listener id=a topics=orders")["shop.go"], "main.go": main}
		require.Empty(t, check(t, files), name)
	}
	other := "package main\n\nimport \"example.com/shop/go-shop\"\n\nvar _ = shap.KafkaListeners()\n\nvar _ = shop.Other\n\nfunc main() {}\n"
	files := map[string]string{"go-shop/shop.go": with("//kafka:listener id=a topics=orders")["shop.go"], "main.go": other}
	require.Len(t, check(t, files), 1)
}
