package io.strandline.command;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of this machine for servers that have to be told one. They are below those that the system gives to connections and to servers
 * without a port.
 */
final class FreePort {

    private static final int ATTEMPTS = 100;

    private FreePort() {}

    /** One at which nobody listens now. */
    static int next() throws IOException {
        IOException taken = new IOException("no free port");
        for (int i = 0; i < ATTEMPTS; i++) {
            int port = 10_000 + ThreadLocalRandom.current().nextInt(20_000);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (IOException e) {
                taken = e;
            }
        }
        throw taken;
    }
}
