package io.strandline.json;

import com.fasterxml.jackson.core.Base64Variant;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.JsonGeneratorDelegate;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** Refuses what a reader with the same limits would refuse. Depth and repeated names are checked by the generator below. */
final class LimitedGenerator extends JsonGeneratorDelegate {

    private final JsonLimits limits;

    LimitedGenerator(JsonGenerator generator, JsonLimits limits) {
        super(generator, false); // values written as a whole come back to this generator in parts
        this.limits = limits;
    }

    @Override
    public void writeFieldName(String name) throws IOException {
        limits.requireName(name);
        super.writeFieldName(name);
    }

    @Override
    public void writeString(@Nullable String text) throws IOException {
        if (text != null) {
            limits.requireText(text.length());
        }
        super.writeString(text);
    }

    @Override
    public void writeString(char[] text, int from, int length) throws IOException {
        limits.requireText(length);
        super.writeString(text, from, length);
    }

    @Override
    public void writeBinary(Base64Variant variant, byte[] bytes, int from, int length) throws IOException {
        limits.requireText((int) Math.min(Integer.MAX_VALUE, length / 3 * 4L + 4));
        super.writeBinary(variant, bytes, from, length);
    }

    @Override
    public void writeNumber(@Nullable BigInteger number) throws IOException {
        if (number != null) {
            limits.requireNumber(number);
        }
        super.writeNumber(number);
    }

    @Override
    public void writeNumber(@Nullable BigDecimal number) throws IOException {
        if (number != null) {
            limits.requireNumber(number, number.toString());
        }
        super.writeNumber(number);
    }

    @Override
    public void writeNumber(String number) throws IOException {
        limits.requireDigits(number);
        super.writeNumber(number);
    }
}
