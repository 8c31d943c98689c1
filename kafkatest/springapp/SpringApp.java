import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ConsumerAwareRebalanceListener;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.MessageListener;

/**
 * A service as many have it: one listener container of spring-kafka, and nothing else. It takes its
 * settings as key=value arguments; those with a dot are properties of the consumer. It prints
 * "PID start PARTITION OFFSET VALUE" and "PID end …" around the work on each record, and ends on SIGTERM.
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
        consumer.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, own.get("brokers"));
        consumer.put(ConsumerConfig.GROUP_ID_CONFIG, own.get("group"));

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

    /** One write per line, so that several processes may share a file. */
    private static void print(String what, ConsumerRecord<String, String> r) {
        byte[] line = (PID + " " + what + " " + r.partition() + " " + r.offset() + " " + r.value() + "\n").getBytes();
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
