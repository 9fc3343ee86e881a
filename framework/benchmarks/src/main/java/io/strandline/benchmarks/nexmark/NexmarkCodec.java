package io.strandline.benchmarks.nexmark;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.benchmarks.nexmark.NexmarkEvent.Auction;
import io.strandline.benchmarks.nexmark.NexmarkEvent.Bid;
import io.strandline.benchmarks.nexmark.NexmarkEvent.Person;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes events and results as their numbers, eight bytes each, and a text at the end if there is one. */
public final class NexmarkCodec<E> implements EventCodec<E> {

    private static final EventType PERSON = new EventType("person", 1);
    private static final EventType AUCTION = new EventType("auction", 1);
    private static final EventType BID = new EventType("bid", 1);
    private static final EventType HOT_ITEM = new EventType("hot-item", 1);
    private static final EventType NEW_USER = new EventType("new-user", 1);

    /** Of events. */
    public static final EventCodec<NexmarkEvent> EVENTS = new NexmarkCodec<>(List.of(PERSON, AUCTION, BID));

    /** Of bids alone. */
    static final EventCodec<Bid> BIDS = new NexmarkCodec<>(List.of(BID));

    static final EventCodec<HotItem> HOT_ITEMS = new NexmarkCodec<>(List.of(HOT_ITEM));

    static final EventCodec<NewUser> NEW_USERS = new NexmarkCodec<>(List.of(NEW_USER));

    private final List<EventType> types;

    private NexmarkCodec(List<EventType> types) {
        this.types = types;
    }

    @Override
    public EventType typeOf(E event) {
        if (event instanceof Bid) {
            return BID;
        }
        if (event instanceof Auction) {
            return AUCTION;
        }
        if (event instanceof Person) {
            return PERSON;
        }
        return event instanceof HotItem ? HOT_ITEM : NEW_USER;
    }

    @Override
    public void encode(E event, PayloadOutput out) throws IOException {
        if (event instanceof Bid bid) {
            put(out, "", bid.auction(), bid.bidder(), bid.price(), bid.time());
        } else if (event instanceof Auction auction) {
            put(out, "", auction.id(), auction.seller(), auction.category(), auction.time());
        } else if (event instanceof Person person) {
            put(out, person.name(), person.id(), person.time());
        } else if (event instanceof HotItem item) {
            put(out, "", item.end(), item.auction(), item.bids());
        } else if (event instanceof NewUser user) {
            put(out, user.name(), user.start(), user.person(), user.auctions());
        }
    }

    private static void put(PayloadOutput out, String text, long... numbers) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(numbers.length * Long.BYTES + bytes.length);
        for (long number : numbers) {
            all.putLong(number);
        }
        out.write(all.put(bytes).array());
    }

    @Override
    @SuppressWarnings("unchecked") // a codec is made for the types that it names
    public E decode(EventType type, byte[] bytes, int from, int length) {
        if (!types.contains(type)) {
            throw new StrandlineException.Invalid(type + " is none of " + types);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, from, length);
        if (type.equals(BID)) {
            return (E) new Bid(in.getLong(), in.getLong(), in.getLong(), in.getLong());
        }
        if (type.equals(AUCTION)) {
            return (E) new Auction(in.getLong(), in.getLong(), in.getLong(), in.getLong());
        }
        if (type.equals(HOT_ITEM)) {
            return (E) new HotItem(in.getLong(), in.getLong(), in.getLong());
        }
        long first = in.getLong();
        long second = in.getLong();
        if (type.equals(PERSON)) {
            return (E) new Person(first, text(in), second);
        }
        long third = in.getLong();
        return (E) new NewUser(first, second, third, text(in));
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[in.remaining()];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
