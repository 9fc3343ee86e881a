package io.strandline.command;

import io.strandline.StrandlineException;
import io.strandline.client.TlsOptions;
import io.strandline.client.tls.TlsFiles;
import io.strandline.command.setting.Waiting;
import io.strandline.server.BusBridgeOptions;
import io.strandline.server.ListeningOptions;
import io.strandline.server.security.Exposure;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a server listens. Checked before its log is opened, so that a server that cannot be leaves no data directory. */
final class ServerPlaces {

    private ServerPlaces() {}

    /**
     * A place.
     *
     * @param section of its options
     */
    private record Place(
            String section,
            String host,
            int port,
            boolean insecure,
            @Nullable TlsOptions tls) {}

    /**
     * Checks all places. Blocks. Throws Invalid if other machines may reach one that does not encrypt or authenticate, or if its files for TLS
     * cannot be used, and Unavailable if something else listens there.
     */
    static void require(Vertx vertx, ServerParts parts) {
        List<Place> places = places(parts);
        for (Place place : places) {
            requireGuarded(place, parts.security() != null);
            if (place.tls() != null) {
                Waiting.of(TlsFiles.read(vertx, place.tls()).compose(files -> files.usable(vertx)));
            }
        }
        requireApart(places);
        places.forEach(place -> requireFree(vertx, place));
    }

    private static List<Place> places(ServerParts parts) {
        List<Place> places = new ArrayList<>();
        places.add(place("tcp", parts.tcp()));
        if (parts.rest() != null) {
            places.add(place("rest", parts.rest()));
        }
        if (parts.bridge() != null) {
            places.add(place("bridge", parts.bridge()));
        }
        if (parts.sockjs() != null) {
            places.add(place("sockjs", parts.sockjs()));
        }
        return places;
    }

    private static Place place(String section, ListeningOptions<?> options) {
        return new Place(section, options.getHost(), options.getPort(), options.isInsecure(), options.getTls());
    }

    private static Place place(String section, BusBridgeOptions options) {
        return new Place(section, options.getHost(), options.getPort(), options.isInsecure(), options.getTls());
    }

    private static void requireGuarded(Place place, boolean hasSecurity) {
        String missing = Exposure.missing(place.host(), place.insecure(), place.tls() != null, hasSecurity);
        if (missing.isEmpty()) {
            return;
        }
        List<String> hints = new ArrayList<>();
        if (place.tls() == null) {
            hints.add("--set " + place.section() + ".tls.certificateFile=… with " + place.section() + ".tls.keyFile=…");
        }
        if (!hasSecurity) {
            hints.add("--set security.usersFile=… with security.rulesFile=…");
        }
        throw new StrandlineException.Invalid(place.section() + ".host is " + place.host()
                + ", which other machines may reach, without " + missing + ": give " + String.join(" and ", hints)
                + ", or --insecure to allow it");
    }

    /** Vert.x would give two servers at one port its clients by turns. */
    private static void requireApart(List<Place> places) {
        for (int i = 0; i < places.size(); i++) {
            Place place = places.get(i);
            for (Place other : places.subList(0, i)) {
                boolean isSame = place.host().equalsIgnoreCase(other.host())
                        || isEverywhere(place.host())
                        || isEverywhere(other.host());
                if (place.port() != 0 && place.port() == other.port() && isSame) {
                    throw new StrandlineException.Invalid(place.section() + ".port is " + place.port()
                            + ", which is that of " + other.section() + " too");
                }
            }
        }
    }

    /** True if a host stands for all addresses of the machine. */
    static boolean isEverywhere(String host) {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    private static void requireFree(Vertx vertx, Place place) {
        if (place.port() == 0) {
            return;
        }
        try {
            NetServer probe = Waiting.of(vertx.createNetServer()
                    .connectHandler(socket -> socket.close())
                    .listen(place.port(), place.host()));
            Waiting.of(probe.close());
        } catch (RuntimeException e) {
            throw new StrandlineException.Unavailable(
                    place.section() + " cannot listen at " + place.host() + ":" + place.port() + ": " + e.getMessage(),
                    e);
        }
    }
}
