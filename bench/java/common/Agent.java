import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** What a contestant's process speaks: one job a line, one line of figures back. The Go side is bench/agent. */
final class Agent {
    interface Contestant {
        void run(Job job, Meter meter) throws Exception;
    }

    /** A job's parameters. */
    static final class Job {
        final Map<String, String> params = new HashMap<>();

        Job(String line) {
            for (String word : line.trim().split("\\s+")) {
                String[] kv = word.split("=", 2);
                params.put(kv[0], kv[1]);
            }
        }

        String text(String name, String otherwise) {
            return params.getOrDefault(name, otherwise);
        }

        int number(String name, int otherwise) {
            return Integer.parseInt(text(name, "" + otherwise));
        }

        /** Milliseconds of a time as Go writes it: 500us, 2ms, 1s. */
        double millis(String name, double otherwise) {
            String t = text(name, "");
            if (t.isEmpty()) {
                return otherwise;
            }
            if (t.endsWith("us")) {
                return Double.parseDouble(t.substring(0, t.length() - 2)) / 1000;
            }
            if (t.endsWith("ms")) {
                return Double.parseDouble(t.substring(0, t.length() - 2));
            }
            return Double.parseDouble(t.substring(0, t.length() - 1)) * 1000;
        }

        String topic() {
            return params.get("topic");
        }

        int records() {
            return number("records", 0);
        }

        /** What every consumer of a contestant has. */
        Map<String, Object> consumer() {
            Map<String, Object> c = new HashMap<>();
            c.put("bootstrap.servers", params.get("brokers"));
            c.put("group.id", params.get("group"));
            c.put("auto.offset.reset", "earliest");
            c.put("enable.auto.commit", false);
            if (params.containsKey("session")) {
                c.put("session.timeout.ms", params.get("session"));
                c.put("heartbeat.interval.ms", "500");
            }
            return c;
        }
    }

    /** Answers jobs until standard input ends. */
    static void serve(Map<String, Contestant> contestants) throws Exception {
        PrintStream out = System.out;
        System.setOut(System.err);
        var in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String answer;
            try {
                answer = run(new Job(line), contestants);
            } catch (Throwable e) {
                e.printStackTrace();
                answer = "fail " + e.toString().replaceAll("\\s+", " ");
            }
            out.println(answer);
            out.flush();
        }
        System.exit(0);
    }

    private static String run(Job job, Map<String, Contestant> contestants) throws Exception {
        Contestant c = contestants.get(job.text("does", ""));
        if (c == null) {
            return "absent no contestant " + job.text("does", "");
        }
        System.gc(); // what the round before has left is not this one's
        var os = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long before = os.getProcessCpuTime();
        Meter meter = new Meter(job);
        c.run(job, meter);
        if (!meter.full() && !meter.giveUp()) {
            return "fail ended after " + meter.seen() + " of " + job.records() + " records";
        }
        Map<String, Double> figures = new TreeMap<>(meter.result());
        figures.put("cpu", (double) (os.getProcessCpuTime() - before));
        var line = new StringBuilder("ok");
        figures.forEach((name, value) -> line.append(' ').append(name).append('=').append(value));
        return line.toString();
    }

    private Agent() {
    }
}
