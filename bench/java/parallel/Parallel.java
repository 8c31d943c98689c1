import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** The contestants that are built on Confluent's Parallel Consumer. */
public final class Parallel {
    public static void main(String[] args) throws Exception {
        Agent.serve(Map.of("parallel-consumer", Parallel::run));
    }

    /** Keys are strings: byte arrays are equal only to themselves. Parameters: ordering (KEY), workers (16), commit-interval (5s, the library's own). */
    private static void run(Agent.Job job, Meter meter) throws Exception {
        var consumer = new KafkaConsumer<>(job.consumer(), new StringDeserializer(), new ByteArrayDeserializer());
        var options = ParallelConsumerOptions.<String, byte[]>builder()
            .consumer(consumer)
            .ordering(ParallelConsumerOptions.ProcessingOrder.valueOf(job.text("ordering", "KEY")))
            .commitMode(ParallelConsumerOptions.CommitMode.PERIODIC_CONSUMER_ASYNCHRONOUS)
            .commitInterval(Duration.ofMillis((long) job.millis("commit-interval", 5000)))
            .maxConcurrency(job.number("workers", 16))
            .build();
        ParallelStreamProcessor<String, byte[]> processor = ParallelStreamProcessor.createEosStreamProcessor(options);
        processor.subscribe(List.of(job.topic()));
        processor.poll(context -> {
            var r = context.getSingleConsumerRecord();
            meter.record(r.offset(), r.value());
        });
        meter.await();
        processor.closeDontDrainFirst();
    }

    private Parallel() {
    }
}
