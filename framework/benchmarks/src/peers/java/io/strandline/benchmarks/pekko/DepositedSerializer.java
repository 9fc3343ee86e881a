package io.strandline.benchmarks.pekko;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import org.apache.pekko.serialization.JSerializer;
import org.jspecify.annotations.Nullable;

/** Writes an event as the same JSON as Strandline's. Pekko creates it by name. */
public final class DepositedSerializer extends JSerializer {

    private static final int IDENTIFIER = 9_000;

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public boolean includeManifest() {
        return false;
    }

    @Override
    public byte[] toBinary(Object event) {
        return new JsonObject()
                .put("amount", ((PekkoAccount.Deposited) event).amount())
                .toBuffer()
                .getBytes();
    }

    @Override
    public Object fromBinaryJava(byte[] bytes, @Nullable Class<?> manifest) {
        return new PekkoAccount.Deposited(Buffer.buffer(bytes).toJsonObject().getLong("amount"));
    }
}
