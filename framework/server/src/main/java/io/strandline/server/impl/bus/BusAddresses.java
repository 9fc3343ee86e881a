package io.strandline.server.impl.bus;

import io.strandline.StrandlineException;
import java.util.regex.Pattern;

/** The addresses of one log. */
final class BusAddresses {

    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,200}");

    private final String prefix;

    BusAddresses(String name) {
        this.prefix = "strandline." + name + ".";
    }

    /** Address of an operation. */
    String of(String operation) {
        return prefix + operation;
    }

    /**
     * Checks the address of a consumer. It lies among those of this log, so that no client has events sent to what else is on the bus.
     *
     * @throws StrandlineException.Invalid if it is another one
     */
    String requireConsumer(String address) {
        String begin = prefix + "to.";
        if (!address.startsWith(begin)
                || !TOKEN.matcher(address.substring(begin.length())).matches()) {
            throw new StrandlineException.Invalid(
                    "field address must be " + begin + "TOKEN, with a token of 1 to 200 letters, digits, '_' and '-'");
        }
        return address;
    }
}
