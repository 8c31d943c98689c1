import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.transaction.KafkaTransactionManager;

/** The contestants that are built on spring-kafka. */
public final class Spring {
    private static final int IN_TRANSACTION = 100;

    public static void main(String[] args) throws Exception {
        Agent.serve(Map.of("spring", Spring::listen, "spring-eos", Spring::exactlyOnce, "spring-tx", Spring::transactions));
    }

    /** A record listener: ack-mode (BATCH), concurrency (1), sync (yes) commits. */
    private static void listen(Agent.Job job, Meter meter) throws Exception {
        var properties = new ContainerProperties(job.topic());
        properties.setAckMode(ContainerProperties.AckMode.valueOf(job.text("ack-mode", "BATCH")));
        properties.setSyncCommits(job.text("sync", "yes").equals("yes"));
        properties.setMessageListener((MessageListener<byte[], byte[]>) r -> meter.record(r.offset(), r.value()));
        run(job, meter, properties);
    }

    private static void run(Agent.Job job, Meter meter, ContainerProperties properties) throws Exception {
        var container = new ConcurrentMessageListenerContainer<>(
            new DefaultKafkaConsumerFactory<>(job.consumer(), new ByteArrayDeserializer(), new ByteArrayDeserializer()), properties);
        container.setConcurrency(job.number("concurrency", 1));
        container.setBeanName("bench");
        container.start();
        meter.await();
        container.stop();
        container.destroy();
    }

    /** Reads and writes to topic out in a transaction per record, as the container does it. */
    private static void exactlyOnce(Agent.Job job, Meter meter) throws Exception {
        var producers = producers(job, new ByteArraySerializer());
        var template = new KafkaTemplate<>(producers);
        var properties = new ContainerProperties(job.topic());
        properties.setKafkaAwareTransactionManager(new KafkaTransactionManager<>(producers));
        properties.setMessageListener((MessageListener<byte[], byte[]>) r -> {
            template.send(job.text("out", ""), r.key(), r.value());
            meter.record(r.offset(), r.value());
        });
        run(job, meter, properties);
        producers.destroy();
    }

    /** Sends in transactions of 100 records; the first one does not count. */
    private static void transactions(Agent.Job job, Meter meter) throws Exception {
        var producers = producers(job, new StringSerializer());
        var template = new KafkaTemplate<>(producers);
        byte[] value = new byte[100];
        for (int from = -IN_TRANSACTION; from < job.records(); from += IN_TRANSACTION) {
            if (from == 0) {
                meter.begin();
            }
            final int base = from + IN_TRANSACTION;
            template.executeInTransaction(t -> {
                for (int i = 0; i < IN_TRANSACTION; i++) {
                    t.send(job.topic(), "key-" + (base + i) % 1000, value);
                }
                return true;
            });
        }
        meter.sent(job.records());
        producers.destroy();
    }

    private static <K> DefaultKafkaProducerFactory<K, byte[]> producers(Agent.Job job, org.apache.kafka.common.serialization.Serializer<K> keys) {
        Map<String, Object> c = new HashMap<>();
        c.put("bootstrap.servers", job.text("brokers", ""));
        c.put("acks", "all");
        var factory = new DefaultKafkaProducerFactory<>(c, keys, new ByteArraySerializer());
        factory.setTransactionIdPrefix(job.text("group", "") + "-");
        return factory;
    }

    private Spring() {
    }
}
