package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.client.ClientOptions;
import io.strandline.spi.LogPort;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Another log at the address of the one that a client has opened. */
class OtherLogTest extends OnServedLog {

    private static final long CALL_MILLIS = 300;

    @Override
    ClientOptions clientOptions() {
        return super.clientOptions().setCallTimeoutMillis(CALL_MILLIS);
    }

    private static String idOf(Strandline log) {
        return Objects.requireNonNull(LogPort.of(log)).identity().id();
    }

    /** Of as many shards, so that nothing but the identity tells. */
    @Test
    void a_client_does_not_go_on_with_another_log() {
        Strandline remote = connect();
        assertThat(idOf(remote)).isEqualTo(idOf(local)).hasSize(32);
        get(remote.catalog().createScope("shop"));
        int port = server.port();
        get(server.close());
        Strandline other = get(Strandline.open(serverVertx, "memory:", logOptions()));
        assertThat(idOf(other)).isNotEqualTo(idOf(local));
        StrandlineServer another =
                get(SamePort.listen(serverVertx, other, serverOptions().setPort(port)));
        assertThat(refusal(remote.catalog().createScope("toys"))).isInstanceOf(StrandlineException.class);
        assertThat(get(other.catalog().scopes())).isEmpty();
        get(another.close());
        server = get(listenAgain(port));
    }
}
