package io.strandline.server.impl.bus;

import io.strandline.client.operation.Door;
import io.strandline.server.impl.listening.Here;
import io.strandline.server.impl.security.CallOrder;
import io.strandline.server.impl.security.Gate;
import io.strandline.server.impl.security.SecretDigests;
import io.strandline.server.security.Credentials;
import io.strandline.server.security.Identity;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who sends the requests. Each message shows its credentials in the header {@code Authorization}. Those that were found valid are remembered,
 * as long as they are. Belongs to the context of the server.
 *
 * <p>Requests with the same credentials keep their order, also if their first one has to be authenticated.
 */
final class BusCallers {

    /**
     * Credentials that are remembered. Beyond it those used least recently are asked for again. Those with calls that wait are remembered all the
     * same, as many as there are requests at most: in another order the next call would overtake them.
     */
    private static final int MAX_REMEMBERED = 1_000;

    private final Gate gate;
    private final ContextInternal context;
    private final CallOrder anonymous;
    private final SecretDigests digests = new SecretDigests();

    /** Those that are being found out, apart, so that guesses crowd out nobody who is known. As many as there are requests, at most. */
    private final Map<String, Caller> asked = new HashMap<>();

    /** By a digest of what was shown, because a password must not stay in memory. */
    private final LinkedHashMap<String, Caller> remembered = new LinkedHashMap<>(16, 0.75f, true);

    /** A caller, and the order of its calls. */
    record Caller(Future<Identity> who, CallOrder order) {}

    BusCallers(Gate gate, ContextInternal context) {
        this.gate = gate;
        this.context = context;
        this.anonymous = gate.inOrder(context);
    }

    Caller of(MultiMap headers) {
        String text = headers.get("Authorization");
        if (!gate.isGuarded() || text == null) {
            return new Caller(admitted(null), anonymous);
        }
        if (text.length() > Credentials.MAX_CHARACTERS) {
            return new Caller(admitted(""), anonymous);
        }
        String shown = digests.of(text);
        Caller known = remembered.get(shown);
        if (known != null && gate.expiry(known.who.result()) == null) {
            return known;
        }
        Caller asking = asked.get(shown);
        if (asking != null) {
            return asking;
        }
        Caller admitted = new Caller(admitted(text), known == null ? gate.inOrder(context) : known.order);
        asked.put(shown, admitted);
        admitted.who.onComplete((identity, refused) -> {
            asked.remove(shown, admitted);
            if (refused == null) {
                remember(shown, admitted);
            } else {
                remembered.remove(shown);
            }
        });
        return admitted;
    }

    private void remember(String shown, Caller caller) {
        remembered.put(shown, caller);
        Iterator<Caller> eldest = remembered.values().iterator();
        while (remembered.size() > MAX_REMEMBERED && eldest.hasNext()) {
            Caller one = eldest.next();
            if (!one.equals(caller) && one.order.isIdle()) {
                eldest.remove();
            }
        }
    }

    /**
     * Who calls, known in a turn of the context: the requests that wait go on in it, and none that comes later is before them. An authenticator answers
     * on any thread.
     */
    private Future<Identity> admitted(@Nullable String authorization) {
        Future<Identity> admitted = gate.admit(credentials(authorization));
        if (admitted.isComplete()) {
            return Here.on(context, admitted);
        }
        Promise<Identity> here = Promise.promise();
        admitted.onComplete((identity, refused) -> context.runOnContext(turned -> {
            if (refused == null) {
                here.complete(identity);
            } else {
                here.fail(refused);
            }
        }));
        return here.future();
    }

    private static Credentials credentials(@Nullable String authorization) {
        return new Credentials(
                Optional.ofNullable(authorization),
                Optional.empty(),
                authorization == null ? "event bus" : placeOf(authorization),
                Door.EVENT_BUS);
    }

    /** The user that is named, because a message tells no address of its sender. */
    private static String placeOf(String authorization) {
        if (authorization.toLowerCase(Locale.ROOT).startsWith("basic ")) {
            try {
                String pair = new String(
                        Base64.getDecoder()
                                .decode(authorization
                                        .substring("basic ".length())
                                        .trim()),
                        StandardCharsets.UTF_8);
                int colon = pair.indexOf(':');
                String user = colon < 0 ? pair : pair.substring(0, colon);
                return "event bus, user " + Integer.toHexString(user.hashCode());
            } catch (IllegalArgumentException e) {
                return "event bus, malformed";
            }
        }
        return "event bus";
    }
}
