package io.strandline.server.security;

import io.netty.util.NetUtil;
import io.strandline.StrandlineException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Addresses of IPv4 or IPv6, written in numbers: one, such as {@code 10.0.0.7}, or those of a network, such as {@code 10.1.0.0/16} or {@code
 * fd00::/8}. No name is ever looked up.
 */
public final class AddressRange {

    /** Longest text of an address in numbers, of IPv6 with the end of an IPv4 address. */
    private static final int MAX_CHARACTERS = 45;

    private final byte[] first;
    private final int prefixBits;

    private AddressRange(byte[] first, int prefixBits) {
        this.first = first;
        this.prefixBits = prefixBits;
    }

    /**
     * Reads a range.
     *
     * @throws StrandlineException.Invalid if the text is none
     */
    public static AddressRange of(String text) {
        int slash = text.indexOf('/');
        byte[] first = bytesOf(slash < 0 ? text : text.substring(0, slash));
        if (first == null) {
            throw invalid(text);
        }
        int bits = slash < 0 ? first.length * Byte.SIZE : bits(text, slash, first.length * Byte.SIZE);
        return new AddressRange(first, bits);
    }

    private static int bits(String text, int slash, int most) {
        try {
            int bits = Integer.parseInt(text.substring(slash + 1));
            if (bits >= 0 && bits <= most) {
                return bits;
            }
        } catch (NumberFormatException e) {
            throw invalid(text);
        }
        throw invalid(text);
    }

    private static StrandlineException.Invalid invalid(String text) {
        String shown = text.substring(0, Math.min(text.length(), MAX_CHARACTERS));
        return new StrandlineException.Invalid(
                "\"" + shown + "\" is no address in numbers, such as 10.0.0.7, and no network, such as 10.1.0.0/16");
    }

    /** The bytes of an address in numbers, 4 or 16. Null if a text, which may be anybody's, is none. */
    static byte @Nullable [] bytesOf(String text) {
        if (text.length() > MAX_CHARACTERS || !text.matches("[0-9a-fA-F:.]+")) {
            return null;
        }
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
        try {
            // An IPv4 address that is written as one of IPv6 is the same address.
            return bytes == null ? null : InetAddress.getByAddress(bytes).getAddress();
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /** An address in the one form that the JDK writes it in. Null if a text, which may be anybody's, is no address in numbers. */
    public static @Nullable String plain(String text) {
        byte[] bytes = bytesOf(text);
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes).getHostAddress();
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /** True if it has an address. False also if the text is no address in numbers. */
    public boolean has(String address) {
        byte[] bytes = bytesOf(address);
        if (bytes == null || bytes.length != first.length) {
            return false;
        }
        int whole = prefixBits / Byte.SIZE;
        int rest = prefixBits % Byte.SIZE;
        return Arrays.equals(bytes, 0, whole, first, 0, whole)
                && (rest == 0 || ((bytes[whole] ^ first[whole]) & 0xff) >>> (Byte.SIZE - rest) == 0);
    }
}
