package io.strandline.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of this machine for servers that have to be told one.
 *
 * <p>They are below those that the system gives to connections. A connection to a server that is gone could be given that server's port for its
 * own end, and then reach itself. A connection of somebody else could have it before the server listens.
 */
public final class FreePort {

    private static final int FIRST = 10_000;
    private static final int PORTS = 20_000;
    private static final int ATTEMPTS = 100;

    private FreePort() {}

    /** One at which nobody listens now. */
    public static int next() throws IOException {
        IOException taken = new IOException("no free port");
        for (int i = 0; i < ATTEMPTS; i++) {
            int port = FIRST + ThreadLocalRandom.current().nextInt(PORTS);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                taken = e;
            }
        }
        throw taken;
    }
}
