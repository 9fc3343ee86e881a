package io.strandline.processing.aggregate;

import static io.strandline.processing.aggregate.OnBankLog.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.OpenPorts;
import io.strandline.spi.LogPort;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.RegistrationInfo;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Aggregates that cannot register one of their addresses in the cluster. */
class AggregateRegistrationTest {

    private static final String ADDRESS = "bank.accounts";

    @TempDir
    Path directory;

    /** A cluster of one member that refuses one address, and the addresses that it has. */
    private record Cluster(String refused, Set<String> registered) implements InvocationHandler {

        ClusterManager asManager() {
            return (ClusterManager)
                    Proxy.newProxyInstance(Cluster.class.getClassLoader(), new Class<?>[] {ClusterManager.class}, this);
        }

        @Override
        public @Nullable Object invoke(Object proxy, java.lang.reflect.Method method, Object @Nullable [] arguments)
                throws Throwable {
            if (method.isDefault()) {
                return InvocationHandler.invokeDefault(proxy, method, arguments == null ? new Object[0] : arguments);
            }
            if (arguments != null && arguments[arguments.length - 1] instanceof Completable<?> answer) {
                if (arguments.length == 3 && arguments[1] instanceof RegistrationInfo) {
                    String address = (String) arguments[0];
                    if (method.getName().equals("removeRegistration")) {
                        registered.remove(address);
                    } else if (address.equals(refused)) {
                        answer.fail("refused");
                        return null;
                    } else {
                        registered.add(address);
                    }
                }
                if (method.getName().equals("getRegistrations")) {
                    @SuppressWarnings("unchecked")
                    Completable<List<RegistrationInfo>> found = (Completable<List<RegistrationInfo>>) answer;
                    found.succeed(List.of());
                } else {
                    answer.succeed();
                }
                return null;
            }
            return switch (method.getName()) {
                case "getNodeId" -> "one";
                case "getNodes" -> List.of("one");
                case "isActive" -> true;
                default -> null;
            };
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ADDRESS, ADDRESS + ".owners"})
    void an_opening_that_fails_leaves_nobody_at_its_other_address(String refused) {
        Cluster cluster = new Cluster(refused, ConcurrentHashMap.newKeySet());
        Vertx vertx =
                get(Vertx.builder().withClusterManager(cluster.asManager()).buildClustered());
        try {
            LogPort port = get(OpenPorts.files(vertx, directory.resolve("data")));
            Future<?> opened = Aggregates.open(
                    vertx,
                    LogPort.strandline(vertx, port),
                    Bank.REACHABLE,
                    OnBankLog.options().setAddress(ADDRESS));
            Throwable failure = get(opened.transform(result -> Future.succeededFuture(result.cause())));
            assertThat(failure).hasMessage("refused");
            assertThat(cluster.registered()).doesNotContain(ADDRESS, ADDRESS + ".owners");
        } finally {
            get(vertx.close());
        }
    }
}
