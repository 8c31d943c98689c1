package app

import (
	"os"

	"go.uber.org/fx/fxevent"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// defaultLogger serves an application that provides no *zap.Logger: JSON lines
// on stderr from info upwards, in a terminal plain ones.
func defaultLogger() *zap.Logger {
	c := zap.NewProductionConfig()
	c.Sampling = nil // the observer repeats nothing, and each of its lines counts
	c.DisableStacktrace = true
	c.EncoderConfig.EncodeTime = zapcore.ISO8601TimeEncoder
	if isTerminal(os.Stderr) {
		c.Encoding = "console"
		c.DisableCaller = true
		c.EncoderConfig.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		c.EncoderConfig.EncodeLevel = zapcore.CapitalColorLevelEncoder
	}
	log, err := c.Build()
	if err != nil { // stderr can't be opened
		return zap.NewNop()
	}
	return log
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// fxLogger writes what fx does at debug level, failures included: they are
// returned by New, Start and Stop as well, and Run reports them.
func fxLogger(c *core) fxevent.Logger {
	l := &fxevent.ZapLogger{Logger: c.log.Named("fx")}
	l.UseLogLevel(zapcore.DebugLevel)
	l.UseErrorLevel(zapcore.DebugLevel)
	return l
}
