import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a contestant's handler does, and is its handler. The Go side, with what the kinds of work are, is bench/agent/meter.go. */
final class Meter {
    private final String work;
    private final long want;
    private final double sleep;
    private final double slow;
    private final int skip;
    private final long patience;
    private final AtomicLong seen = new AtomicLong();
    private final CountDownLatch done = new CountDownLatch(1);
    private final long[] delays;
    private final AtomicInteger delayed = new AtomicInteger();
    private final MappedByteBuffer marks;
    private final AtomicLong distinct = new AtomicLong();
    private final LongAdder paused = new LongAdder();
    private final LongAdder pauses = new LongAdder();
    private volatile long began = System.nanoTime();
    private volatile long first;
    private volatile long last;
    private volatile double rss;
    private volatile double threads;

    Meter(Agent.Job job) throws Exception {
        work = job.text("work", "");
        sleep = job.millis("sleep", 2);
        slow = job.millis("slow", 1000);
        skip = job.number("skip", 0);
        patience = (long) job.millis("patience", 120_000);
        delays = new long[work.equals("delay") || work.equals("sleep") ? job.records() : 0];
        if (!work.equals("marks")) {
            want = job.records();
            marks = null;
            return;
        }
        want = -1;
        try (var file = new RandomAccessFile(job.text("marks", ""), "rw")) {
            file.setLength(job.records());
            marks = file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, job.records());
        }
        for (int i = 0; i < marks.limit(); i++) {
            if (marks.get(i) > 0) {
                distinct.incrementAndGet();
            }
        }
        if (distinct.get() == marks.limit()) {
            finish();
        }
    }

    void record(long offset, byte[] value) {
        if (!work.isEmpty()) {
            work(offset, value);
        }
        long n = seen.incrementAndGet();
        if (n == 1) {
            first = System.nanoTime() - began;
        }
        if (n == want) {
            finish();
        }
    }

    private void work(long offset, byte[] value) {
        var stamp = ByteBuffer.wrap(value);
        boolean isSlow = stamp.get() == 1;
        boolean slowKey = stamp.get() == 1;
        long sent = stamp.getLong();
        int number = stamp.getInt();
        if (sent != 0 && !slowKey && number >= skip && delays.length > 0) {
            Instant now = Instant.now();
            int i = delayed.getAndIncrement();
            if (i < delays.length) {
                delays[i] = now.getEpochSecond() * 1_000_000_000L + now.getNano() - sent;
            }
        }
        if (work.equals("delay")) {
            return;
        }
        if (isSlow) {
            pause(slow);
        } else {
            long start = System.nanoTime();
            pause(sleep);
            paused.add(System.nanoTime() - start);
            pauses.increment();
        }
        if (marks != null && offset < marks.limit()) {
            byte times = (byte) (marks.get((int) offset) + 1);
            marks.put((int) offset, times);
            if (times == 1 && distinct.incrementAndGet() == marks.limit()) {
                finish();
            }
        }
    }

    private static void pause(double millis) {
        try {
            TimeUnit.NANOSECONDS.sleep((long) (millis * 1e6));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Restarts the clock of total. */
    void begin() {
        began = System.nanoTime();
    }

    /** Counts n records at once, for those who send. */
    void sent(int n) {
        seen.addAndGet(n);
        finish();
    }

    private void finish() {
        last = System.nanoTime() - began;
        rss = status("VmRSS:") * 1024;
        threads = status("Threads:");
        done.countDown();
    }

    /** Waits until all records have been handled, or the job's patience is over. */
    void await() throws InterruptedException {
        done.await(patience, TimeUnit.MILLISECONDS);
    }

    boolean full() {
        return done.getCount() == 0;
    }

    /** Ends the wait for offsets that do not come: they are the figure lost. */
    boolean giveUp() {
        if (marks != null) {
            finish();
        }
        return marks != null;
    }

    long seen() {
        return seen.get();
    }

    Map<String, Double> result() {
        Map<String, Double> r = new HashMap<>();
        r.put("handled", (double) seen.get());
        r.put("total", (double) last);
        r.put("took", (double) (last - first));
        r.put("rss", rss);
        r.put("threads", threads);
        int n = Math.min(delayed.get(), delays.length);
        if (n > 0) {
            long[] sorted = Arrays.copyOf(delays, n);
            Arrays.sort(sorted);
            r.put("p50", (double) sorted[n / 2]);
            r.put("p99", (double) sorted[(int) (n * 99L / 100)]);
        }
        if (pauses.sum() > 0) {
            r.put("handler", (double) paused.sum() / pauses.sum());
        }
        if (marks != null) {
            double redone = 0;
            for (int i = 0; i < marks.limit(); i++) {
                redone += Math.max(0, marks.get(i) - 1);
            }
            r.put("redone", redone);
            r.put("lost", (double) (marks.limit() - distinct.get()));
        }
        return r;
    }

    private static double status(String field) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith(field)) {
                    return Double.parseDouble(line.substring(field.length()).trim().split("\\s+")[0]);
                }
            }
        } catch (java.io.IOException e) {
            return 0; // no /proc here
        }
        return 0;
    }
}
