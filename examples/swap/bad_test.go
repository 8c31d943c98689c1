package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/app"
)

const canary = "canary-4711"

// bad is a file with all kinds of mistakes.
const bad = `kafka:
  bootstrap-servers: broker:9092
  colour: red
  security: {protocol: SASL_PLAINTEXT}
  properties:
    sasl.mechanism: PLAIN
    sasl.username: me
    sasl.password: canary-4711
    fetch.min.byts: 1
    enable.auto.commit: true
  consumer:
    auto-offset-reset: sometimes
    max-poll-records: many
  listener:
    ack-time: 5 parsecs
  factories:
    slow: {ack-mode: batch, concurency: 2}
    nobody-made-this: {ack-mode: now}
  listeners:
    orders:
      ack-count: 0
      concurrency: 0
      group-id: ${nobody.knows}
      properties: {ssl.key.location: '-----BEGIN canary-4711'}
    refunds:
      factory: fast
      revoke-timeout: 10m
      start: eventually
      topics: [re/funds, t, t]
    refund: {concurrency: 2}
`

func TestSettingsNameTheirOrigin(t *testing.T) {
	t.Parallel()
	cmd := command(t, "kafka:\n  bootstrap-servers: h:1\n  properties: {sasl.password: "+canary+"}\n  listeners:\n    refunds:\n      factory: slow\n",
		"HEARKEN_COMMAND=config", "KAFKA_CONSUMER_MAX_POLL_RECORDS=77")
	out, err := cmd.Output()
	require.NoError(t, err)
	_, refunds, _ := strings.Cut(string(out), "# listener refunds (swap/main.go:")
	for _, want := range []string{
		`(?m)^bootstrap-servers: h:1 +# .*swap\.yaml:2$`,
		`(?m)^factory: slow +# .*swap\.yaml:6$`,
		`(?m)^ack-mode: MANUAL_IMMEDIATE +# code main\.go:\d+$`,
		`(?m)^concurrency: 2 +# code main\.go:\d+$`,
		`(?m)^topics: refunds +# code main\.go:\d+$`,
		`(?m)^max-poll-records: 77 +# env KAFKA_CONSUMER_MAX_POLL_RECORDS$`,
		`(?m)^revoke-timeout: 10s +# default$`,
		`(?m)^properties\.sasl\.password: .+ +# .*swap\.yaml:3$`,
	} {
		require.Regexp(t, want, refunds)
	}
	require.NotContains(t, string(out), canary)
	for _, line := range strings.Split(strings.TrimSpace(refunds), "\n")[1:] {
		require.Regexp(t, ` # (default|code main\.go:\d+|env [A-Z_]+|.*swap\.yaml:\d+)$`, line)
	}
}

// faults are the mistakes of bad: key with its line, and a part of the way out.
var faults = map[string]string{
	"kafka.colour (swap.yaml:3)":                                                        "known are bootstrap-servers",
	"properties.security.protocol (swap.yaml:4)":                                        "allow-insecure: true",
	"properties.fetch.min.byts (swap.yaml:9)":                                           "did you mean fetch.min.bytes?",
	"properties.enable.auto.commit (swap.yaml:10)":                                      "write false",
	"kafka.consumer.auto-offset-reset (swap.yaml:12)":                                   "earliest, latest (the default), none",
	"kafka.consumer.max-poll-records (swap.yaml:13)":                                    "no whole number",
	"kafka.listener.ack-time (swap.yaml:15)":                                            "write 10s, 500ms, 5m",
	"kafka.factories.slow.concurency (swap.yaml:17)":                                    "did you mean concurrency?",
	"kafka.factories.nobody-made-this.ack-mode (swap.yaml:18)":                          "known are RECORD, BATCH",
	`listener "orders" (swap/main.go:LINE): ack-count (swap.yaml:21)`:                   "choose from 1",
	`listener "orders" (swap/main.go:LINE): concurrency (swap.yaml:22)`:                 "choose from 1 to 1000",
	"kafka.listeners.orders.group-id (swap.yaml:23)":                                    "give it a default: ${nobody.knows:…}",
	`listener "orders" (swap/main.go:LINE): properties.ssl.key.location (swap.yaml:24)`: "set properties.ssl.key.pem",
	`listener "refunds" (swap/main.go:LINE): factory (swap.yaml:26)`:                    `there is "counted", "each", "manual", "slow"`,
	`listener "refunds" (swap/main.go:LINE): revoke-timeout (swap.yaml:27)`:             "choose 2m30s or less",
	"kafka.listeners.refunds.start (swap.yaml:28)":                                      "background (nothing)",
	`listener "refunds" (swap/main.go:LINE): topics (swap.yaml:29): "re/funds"`:         "1 to 249 letters",
	`listener "refunds" (swap/main.go:LINE): topics (swap.yaml:29): "t" is there`:       "remove one",
	"kafka.listeners.refund (swap.yaml:30)":                                             "did you mean refunds?",
}

// TestBadConfiguration: the program ends with one line for each mistake, at
// once and without a secret; app.Validate and `hearken config` say the same.
func TestBadConfiguration(t *testing.T) {
	said := map[string][]string{
		"the program":    errorsOfLog(t, refused(t, command(t, bad))),
		"hearken config": strings.Split(refused(t, command(t, bad, "HEARKEN_COMMAND=config")), "\n"),
	}
	file := filepath.Join(t.TempDir(), "swap.yaml")
	require.NoError(t, os.WriteFile(file, []byte(bad), 0o600))
	t.Setenv("HEARKEN_CONFIG", file)
	wrong := app.Validate(service(NewSteps(io.Discard))...)
	require.Error(t, wrong)
	said["app.Validate"] = strings.Split(wrong.Error(), "\n")

	path, line := regexp.MustCompile(`[^ (]*/swap\.yaml:`), regexp.MustCompile(`main\.go:\d+`)
	for who, lines := range said {
		text := strings.Join(lines, "\n")
		require.NotContains(t, text, canary, who)
		text = path.ReplaceAllString(text, "swap.yaml:")
		text = line.ReplaceAllString(text, "main.go:LINE")
		said[who] = nil
		for _, l := range strings.Split(text, "\n") {
			if l = strings.TrimPrefix(l, "fault: "); strings.Contains(l, "swap.yaml:") {
				said[who] = append(said[who], l)
			}
		}
		require.Len(t, said[who], len(faults), "%s:\n%s", who, text)
		for start, fix := range faults {
			require.Condition(t, func() bool {
				for _, l := range said[who] {
					if strings.HasPrefix(l, start) && strings.Contains(l, fix) {
						return true
					}
				}
				return false
			}, "%s does not say: %s …; %s\n%s", who, start, fix, text)
		}
	}
	require.Equal(t, said["app.Validate"], said["the program"])
	require.ElementsMatch(t, said["app.Validate"], said["hearken config"])
}

// refused runs a program that does not start, and returns what it prints.
func refused(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "%s", out)
	require.Equal(t, 1, exit.ExitCode())
	require.NotContains(t, string(out), canary)
	return string(out)
}

// errorsOfLog takes the faults out of the lines of the log, one each.
func errorsOfLog(t *testing.T, text string) (all []string) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		_, fields, ok := strings.Cut(line, "the application did not start\t")
		require.True(t, ok, "one line for each fault, and no other: %s", line)
		var said struct{ Error string }
		require.NoError(t, json.Unmarshal([]byte(fields), &said), line)
		all = append(all, said.Error)
	}
	return all
}
