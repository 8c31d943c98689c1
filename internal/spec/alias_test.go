package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/spec"
)

func alone(string) string { return "" }

func TestAliasesReadTheirExamples(t *testing.T) {
	t.Parallel()
	for _, a := range spec.Aliases {
		require.NotEmpty(t, a.Doc, a.Name)
		require.NotEmpty(t, a.Type, a.Name)
		found, ok := spec.LookupAlias(a.Home, a.Name)
		require.True(t, ok, a.Name)
		require.Equal(t, a.Doc, found.Doc, "%s stands twice", a.Name)
		if a.Name == "ssl.bundle" {
			continue // it is there to be refused
		}
		pairs, err := a.Read(a.Example(), alone)
		require.NoError(t, err, a.Name)
		for name := range pairs {
			property, isProperty := strings.CutPrefix(name, "properties.")
			_, isKey := spec.Lookup(name)
			require.NotEqual(t, isKey, isProperty, name)
			if isProperty && !spec.IsSecretFile(property) {
				require.Contains(t, spec.PropertyNames(), property)
			}
		}
		for _, v := range a.Values {
			_, err := a.Read(v, alone)
			require.NoError(t, err, a.Name+" "+v)
		}
	}
}

func TestForeignNamesSayWhy(t *testing.T) {
	t.Parallel()
	for _, f := range spec.Foreigns {
		require.NotEmpty(t, f.Why)
		_, isAlias := spec.LookupAlias(f.Home, f.Name)
		require.False(t, isAlias, f.Name)
		_, ok := spec.LookupForeign(f.Home, strings.TrimSuffix(f.Name, "*")+"x")
		require.Equal(t, strings.HasSuffix(f.Name, "*"), ok, f.Name)
	}
	for java, ours := range map[string]string{"fetch.max.wait.ms": "fetch.wait.max.ms", "ssl.truststore.certificates": "ssl.ca.pem"} {
		require.Equal(t, ours, spec.JavaEqual(java))
		require.Contains(t, spec.PropertyAdvice(java), ours)
		require.Contains(t, spec.PropertyNames(), ours)
		require.NotContains(t, spec.PropertyNames(), java)
	}
}

func TestCodecAdvice(t *testing.T) {
	t.Parallel()
	for class, says := range map[string]string{
		"org.apache.kafka.common.serialization.StringDeserializer":               "a string",
		"org.apache.kafka.common.serialization.ByteArraySerializer":              "a []byte",
		"org.springframework.kafka.support.serializer.JacksonJsonDeserializer":   "JSON",
		"org.springframework.kafka.support.serializer.ErrorHandlingDeserializer": "reported and held",
		"io.confluent.kafka.serializers.protobuf.KafkaProtobufDeserializer":      "protocodec",
		"io.confluent.kafka.serializers.KafkaAvroDeserializer":                   "Avro",
		"org.apache.kafka.common.serialization.LongDeserializer":                 "no codec for it",
	} {
		require.Contains(t, spec.CodecAdvice(class), says, class)
	}
	require.Empty(t, spec.CodecAdvice("hunter2"))
}

func TestParseJAAS(t *testing.T) {
	t.Parallel()
	const plain = "org.apache.kafka.common.security.plain.PlainLoginModule required "
	for text, want := range map[string][2]string{
		plain + `username="a" password="b";`:                                   {"a", "b"},
		plain + "username='a b'\n\tpassword='c\\'d' ;":                         {"a b", "c'd"},
		plain + `password=b username=a`:                                        {"a", "b"},
		`x.ScramLoginModule required username="a" password="" tokenauth=true;`: {"a", ""},
	} {
		user, password, err := spec.ParseJAAS(text)
		require.NoError(t, err, text)
		require.Equal(t, want, [2]string{user, password})
	}
	for text, says := range map[string]string{
		"":                          "no login module",
		"hunter2":                   "neither PlainLoginModule nor",
		plain + `username="hunter2`: "no username and password",
		`x.OAuthBearerLoginModule required clientSecret="hunter2";`: "oauthbearer",
		`x.Krb5LoginModule required keyTab="hunter2";`:              "kerberos",
	} {
		_, _, err := spec.ParseJAAS(text)
		require.ErrorContains(t, err, says, text)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestResolveSecrets(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(path, []byte("first\n"), 0o600))
	properties := map[string]string{"sasl.password-file": path, "client.id": "x", "sasl.password": "old", "plain-file": "y"}
	got, err := spec.ResolveSecrets(properties)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"sasl.password": "first", "client.id": "x", "plain-file": "y"}, got)
	require.NoError(t, os.WriteFile(path, []byte("second\n\n"), 0o600))
	got, err = spec.ResolveSecrets(properties)
	require.NoError(t, err)
	require.Equal(t, "second\n", got["sasl.password"], "one line's end is cut, and the file is read each time")
	_, err = spec.ResolveSecrets(map[string]string{"sasl.password-file": "hunter2", "ssl.key.password-file": t.TempDir()})
	require.ErrorContains(t, err, "sasl.password-file: the file can't be used: no such file")
	require.ErrorContains(t, err, "ssl.key.password-file: the file can't be used: it is no regular file")
	require.NotContains(t, err.Error(), "hunter2", "what should be a path may be the secret itself")
	require.True(t, spec.IsSecretFile("ssl.keystore.password-file"))
	require.False(t, spec.IsSecretFile("client.id-file"))
}

func TestTablesOfOtherSections(t *testing.T) {
	t.Parallel()
	readsItsExamples(t, spec.ProducerKeys)
	readsItsExamples(t, spec.TemplateKeys)
	readsItsExamples(t, spec.AdminKeys)
	readsItsExamples(t, spec.RetryTopicKeys)
}

func readsItsExamples[S any](t *testing.T, table []spec.KeyOf[S]) {
	t.Helper()
	for _, k := range table {
		var s S
		for _, text := range append(append([]string{k.Example()}, k.Values...), k.Examples...) {
			require.NoError(t, k.Set(&s, text, "here"), k.Name)
		}
		require.NoError(t, k.Set(&s, k.Example(), "here"), k.Name)
		text, origin := k.Get(&s)
		require.Equal(t, k.Example(), text, k.Name)
		require.Equal(t, "here", origin)
		require.NotEmpty(t, k.Doc)
		_, ok := spec.LookupIn(table, k.Name)
		require.True(t, ok)
	}
	require.NotEmpty(t, table)
}

func TestValuesPrintNoSecret(t *testing.T) {
	t.Parallel()
	var p spec.Producer
	p.PutProperty("sasl.password", spec.Set("hunter2", "here"))
	p.PutProperty("acks", spec.Set("-1", "here"))
	require.Equal(t, "all", p.Acks.V)
	require.NotContains(t, printedEveryWay(t, p), "hunter2")
	var s spec.Settings
	s.SetProperty("sasl.password", "hunter2", "here")
	s.SetProperty("bootstrap.servers", "http://me:hunter2@host", "here")
	s.GroupID = spec.Value[string]{V: "hunter2", Origin: "here", Secret: true}
	require.NotContains(t, printedEveryWay(t, s), "hunter2")
	require.Equal(t, "all (here)", p.Acks.String())
	require.Equal(t, "unset", p.ClientID.String())
}
