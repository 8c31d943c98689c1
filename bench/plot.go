//go:build unix

package main

import (
	"errors"
	"image/color"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

var (
	ourColor  = color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}
	peerColor = color.RGBA{R: 0xb0, G: 0xb7, B: 0xbf, A: 0xff}
	darkColor = color.RGBA{R: 0x33, G: 0x33, B: 0x33, A: 0xff}
)

// plots draws each scenario that has a rate or another main figure: a bar for each contestant's
// median, a line from the lowest round to the highest, the framework's bars in blue.
func plots(dir string, rows []row) error {
	var errs []error
	for _, s := range scenarios() {
		metric, label, unit := mainFigure(s)
		if bars := barsOf(rows, s, metric, unit); len(bars) > 1 {
			errs = append(errs, draw(filepath.Join(dir, s.name+".svg"), s, label, bars))
		}
	}
	return errors.Join(errs...)
}

// mainFigure is what a scenario's plot shows, and by what it is divided.
func mainFigure(s scenario) (metric, label string, unit float64) {
	switch metric = s.against[0].of(); metric {
	case "p50", "p99":
		return metric, metric + ", ms (less is better)", 1e6
	case "assigned":
		return metric, "all assigned after, ms (less is better)", 1e6
	case "total":
		return metric, "first record of each after, ms (less is better)", 1e6
	case "redone":
		return metric, "records handled twice (less is better)", 1
	case "others":
		return metric, "records/s of the others", 1
	default:
		return metric, "records/s", 1
	}
}

// A bar is one contestant.
type bar struct {
	name              string
	low, middle, high float64
	ours              bool
}

func barsOf(rows []row, s scenario, metric string, unit float64) []bar {
	var bars []bar
	for _, e := range s.entries {
		values := slices.Collect(maps.Values(series(rows, s.name, e.name, metric)))
		if len(values) > 0 {
			ours := e.side == weSide && (e.does == "hearken" || e.does[0] == 'h')
			bars = append(bars, bar{e.name, slices.Min(values) / unit, median(values) / unit, slices.Max(values) / unit, ours})
		}
	}
	slices.Reverse(bars) // the first one on top
	return bars
}

// draw writes a plot; far apart bars are drawn on a logarithmic scale.
func draw(path string, s scenario, label string, bars []bar) error {
	p := plot.New()
	p.Title.Text = s.name + ": " + s.about
	p.Title.TextStyle.Font.Size = vg.Points(11)
	p.Title.Padding = vg.Points(6)
	p.X.Label.Text = label
	low, high := math.Inf(1), 0.0
	var names []string
	for _, b := range bars {
		low, high, names = min(low, b.middle), max(high, b.high), append(names, b.name)
	}
	floor := 0.0
	if low > 0 && high/low > 30 {
		floor = math.Pow(10, math.Floor(math.Log10(low*0.8)))
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
		p.X.Label.Text += ", logarithmic"
	} else {
		p.X.Tick.Marker = plainTicks{}
	}
	for i, b := range bars {
		y := float64(i)
		box, err := plotter.NewPolygon(plotter.XYs{{X: floor, Y: y - 0.32}, {X: max(b.middle, floor), Y: y - 0.32}, {X: max(b.middle, floor), Y: y + 0.32}, {X: floor, Y: y + 0.32}})
		if err != nil {
			return err
		}
		box.Color, box.Width = peerColor, 0
		if b.ours {
			box.Color = ourColor
		}
		span, err := plotter.NewLine(plotter.XYs{{X: max(b.low, floor), Y: y}, {X: max(b.high, floor), Y: y}})
		if err != nil {
			return err
		}
		span.Color, span.Width = darkColor, vg.Points(1.2)
		p.Add(box, span)
	}
	p.NominalY(names...)
	p.X.Min, p.X.Max = floor, high*1.05
	return p.Save(9*vg.Inch, vg.Length(1.1+0.32*float64(len(bars)))*vg.Inch, path)
}

// plainTicks are gonum's, with numbers that people read.
type plainTicks struct{}

func (plainTicks) Ticks(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	for i, t := range ticks {
		if t.Label != "" && t.Value >= 1000 {
			ticks[i].Label = thousands(t.Value)
		}
	}
	return ticks
}
