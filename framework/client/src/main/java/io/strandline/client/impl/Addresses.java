package io.strandline.client.impl;

import io.strandline.StrandlineException;
import io.vertx.core.net.SocketAddress;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The servers of a log: {@code tcp://host:port} or {@code tcp://host:port,host:port}. An IPv6 host stands in brackets. */
record Addresses(String text, List<SocketAddress> servers) {

    static final String SCHEME = "tcp";

    private static final String PREFIX = SCHEME + "://";
    private static final int MAX_SERVERS = 100;
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}._-]+");

    Addresses {
        servers = List.copyOf(servers);
    }

    /** @throws StrandlineException.Invalid if the address is of another form */
    static Addresses parse(String address) {
        if (!address.startsWith(PREFIX)) {
            throw invalid(address);
        }
        List<SocketAddress> servers = new ArrayList<>();
        for (String server : address.substring(PREFIX.length()).split(",", MAX_SERVERS + 1)) {
            servers.add(server(address, server));
        }
        if (servers.size() > MAX_SERVERS) {
            throw new StrandlineException.Invalid("an address names more than " + MAX_SERVERS + " servers");
        }
        return new Addresses(address, servers);
    }

    private static SocketAddress server(String address, String server) {
        int colon = server.lastIndexOf(':');
        if (colon < 1) {
            throw invalid(address);
        }
        String host = server.substring(0, colon);
        boolean bracketed = host.startsWith("[");
        if (bracketed ? !isIpv6(host) : !NAME.matcher(host).matches()) {
            throw invalid(address);
        }
        try {
            int port = Integer.parseInt(server.substring(colon + 1));
            if (port < 1 || port > 65_535) {
                throw invalid(address);
            }
            return SocketAddress.inetSocketAddress(port, bracketed ? host.substring(1, host.length() - 1) : host);
        } catch (NumberFormatException e) {
            throw invalid(address);
        }
    }

    /** A host in brackets is read as an address and never looked up. */
    private static boolean isIpv6(String host) {
        try {
            return host.endsWith("]") && InetAddress.getByName(host) instanceof Inet6Address;
        } catch (UnknownHostException none) {
            return false;
        }
    }

    private static StrandlineException.Invalid invalid(String address) {
        return new StrandlineException.Invalid(
                "address \"" + address + "\" is not tcp://host:port[,host:port], with ports of 1 to 65535");
    }

    /** The server of a turn: each has its turn, again and again. */
    SocketAddress server(int turn) {
        return servers.get(Math.floorMod(turn, servers.size()));
    }
}
