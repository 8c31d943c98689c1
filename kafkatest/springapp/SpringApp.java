import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ConsumerAwareRebalanceListener;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.requestreply.ReplyingKafkaTemplate;
import org.springframework.kafka.requestreply.RequestReplyFuture;

/**
 * A service as many have it: one listener container of spring-kafka, and nothing else. It takes its
 * settings as key=value arguments; those with a dot are properties of the consumer. It prints
 * "PID start PARTITION OFFSET VALUE" and "PID end …" around the work on each record, and ends on SIGTERM.
 * With produce=N it sends N records with the keys key-0 … by Kafka's own client instead, prints
 * "PID sent PARTITION OFFSET KEY" for each, and ends. With request=N it sends N requests 0 … by a
 * ReplyingKafkaTemplate that reads its replies from topic replies, prints "PID reply PARTITION OFFSET VALUE" in the order of
 * the requests, and ends.
 */
public class SpringApp {
    public static void main(String[] args) throws Exception {
        Map<String, String> own = new HashMap<>();
        Map<String, Object> consumer = new HashMap<>();
        consumer.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        for (String arg : args) {
            String[] kv = arg.split("=", 2);
            if (kv[0].contains(".")) {
                consumer.put(kv[0], kv[1]);
            } else {
                own.put(kv[0], kv[1]);
            }
        }
        if (own.containsKey("produce")) {
            produce(own);
            return;
        }
        consumer.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, own.get("brokers"));
        consumer.put(ConsumerConfig.GROUP_ID_CONFIG, own.get("group"));

        if (own.containsKey("request")) {
            request(own, consumer);
            return;
        }
        ContainerProperties properties = new ContainerProperties(own.get("topic"));
        properties.setAckMode(ContainerProperties.AckMode.valueOf(own.getOrDefault("ack-mode", "BATCH")));
        long work = Long.parseLong(own.getOrDefault("work", "0"));
        properties.setMessageListener((MessageListener<String, String>) record -> {
            print("start", record);
            pause(work);
            print("end", record);
        });
        properties.setConsumerRebalanceListener(new ConsumerAwareRebalanceListener() {
            @Override
            public void onPartitionsAssigned(Consumer<?, ?> c, java.util.Collection<TopicPartition> partitions) {
                System.err.println("spring " + PID + " assigned " + partitions);
            }

            @Override
            public void onPartitionsRevokedBeforeCommit(Consumer<?, ?> c, java.util.Collection<TopicPartition> partitions) {
                System.err.println("spring " + PID + " revoked " + partitions);
            }
        });

        var container = new ConcurrentMessageListenerContainer<>(
            new DefaultKafkaConsumerFactory<>(consumer, new StringDeserializer(), new StringDeserializer()), properties);
        container.setConcurrency(Integer.parseInt(own.getOrDefault("concurrency", "1")));
        container.setBeanName("app");
        Runtime.getRuntime().addShutdownHook(new Thread(container::stop));
        container.start();
        Thread.currentThread().join();
    }

    private static final long PID = ProcessHandle.current().pid();

    private static Map<String, Object> producer(Map<String, String> own) {
        return Map.of("bootstrap.servers", own.get("brokers"), "key.serializer", StringSerializer.class, "value.serializer", StringSerializer.class);
    }

    private static void produce(Map<String, String> own) throws Exception {
        try (var client = new KafkaProducer<String, String>(producer(own))) {
            Map<String, Future<RecordMetadata>> sent = new HashMap<>();
            for (int i = 0; i < Integer.parseInt(own.get("produce")); i++) {
                sent.put("key-" + i, client.send(new ProducerRecord<>(own.get("topic"), "key-" + i, "v")));
            }
            for (var e : sent.entrySet()) {
                RecordMetadata m = e.getValue().get(30, TimeUnit.SECONDS);
                print("sent", m.partition(), m.offset(), e.getKey());
            }
        }
    }

    private static void request(Map<String, String> own, Map<String, Object> consumer) throws Exception {
        consumer.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
        var replies = new ConcurrentMessageListenerContainer<>(
            new DefaultKafkaConsumerFactory<>(consumer, new StringDeserializer(), new StringDeserializer()),
            new ContainerProperties(own.get("replies")));
        var template = new ReplyingKafkaTemplate<>(new DefaultKafkaProducerFactory<String, String>(producer(own)), replies);
        template.setDefaultReplyTimeout(Duration.ofSeconds(20));
        template.setSharedReplyTopic(true);
        template.start();
        if (!template.waitForAssignment(Duration.ofSeconds(20))) {
            throw new IllegalStateException("no assignment");
        }
        List<RequestReplyFuture<String, String, String>> asked = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(own.get("request")); i++) {
            asked.add(template.sendAndReceive(new ProducerRecord<>(own.get("topic"), "key-" + i, "" + i)));
        }
        for (var f : asked) {
            print("reply", f.get(30, TimeUnit.SECONDS));
        }
        template.stop();
        System.exit(0);
    }

    /** One write per line, so that several processes may share a file. */
    private static void print(String what, ConsumerRecord<String, String> r) {
        print(what, r.partition(), r.offset(), r.value());
    }

    private static void print(String what, int partition, long offset, String text) {
        byte[] line = (PID + " " + what + " " + partition + " " + offset + " " + text + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (System.out) {
            System.out.write(line, 0, line.length);
            System.out.flush();
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
