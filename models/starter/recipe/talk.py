"""What is said to an assistant that no tool answers: small talk, and what it must pass on to a larger model.

As in `requests.py`, what is `unseen` is never trained on: the score counts only that.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.starter.recipe import slots
from models.starter.recipe.requests import Request, expand
from models.starter.recipe.slots import number_words

DEFERRED = "I don't know that one."
"""What is said after `<|defer|>` where no larger model is at hand."""

LOST = "I'm sorry. Please say it another way."
"""The reply to what refers to nothing that was said."""


@dataclass(frozen=True)
class Topic:
    """One matter of small talk and what is replied."""

    seen: str
    unseen: str
    reply: str


TALK: tuple[Topic, ...] = (
    Topic("hello|hi|hey|good morning|good afternoon|good evening|hello there|hi there|hey there|hello parley|hi parley", "good day|hey parley|hello hello|morning parley", "Hello! What can I do for you?"),
    Topic("how are you|how are you doing|how are you today|how do you do|how's it going|are you okay|are you well|how have you been", "how do you feel|how are things|are you doing well", "I'm fine, thank you. How can I help?"),
    Topic("thank you|thanks|thank you very much|thanks a lot|many thanks|thank you so much|great thank you|okay thanks|cheers", "okay thank you very much|thanks so much|oh great thanks", "You're welcome."),
    Topic("goodbye|bye|bye bye|good night|see you|see you later|see you tomorrow|take care|I have to go|that's all for today", "goodbye then|okay bye|see you soon", "Goodbye!"),
    Topic("who are you|what are you|what's your name|what is your name|tell me your name|do you have a name|are you a robot|are you a person|are you human", "are you a machine|who am I talking to|what are you called", "I'm Parley, a small voice assistant."),
    Topic("good job|well done|you are good|you're great|very good|perfect|that's right|nice|excellent|I like you|you are nice|that's great|wonderful", "you did well|that's perfect|you are wonderful", "Thank you!"),
    Topic("that's wrong|you are wrong|that is not right|no that's not it|that's not what I said|you don't understand|no that's wrong|that's not what I asked", "that isn't right|no you are wrong|you got that wrong", LOST),
    Topic("can you hear me|are you there|do you hear me|are you listening|hello can you hear me|testing testing|one two three testing|are you still there", "do you still hear me|hello are you there|can you hear me now", "Yes, I can hear you."),
    Topic("tell me a joke|do you know a joke|say something funny|make me laugh|tell me something funny|another joke", "do you know any jokes|can you tell a joke", "I set an alarm for my jokes, but it never goes off."),
    Topic("I am sorry|sorry|excuse me|my mistake|sorry about that|I didn't mean that", "oh I'm sorry|sorry my mistake", "No problem."),
    Topic("yes|no|okay|all right|fine|sure|I see|I know|really|oh|aha|yes please|no thanks|of course|right", "yes of course|oh I see|okay fine", "Okay. What can I do for you?"),
    Topic("how old are you|when were you born|when is your birthday|what's your age", "what is your age|how many years old are you", "I'm quite new."),
    Topic("where are you|where do you live|where are you from|where do you come from|are you in the cloud|are you online", "where is your home|what place are you from", "I live in this computer."),
    Topic("what languages do you speak|do you speak Spanish|can you speak Spanish|do you understand Spanish|do you speak English", "which languages do you know|can you understand Spanish", "I speak English, and I translate between English and Spanish."),
    Topic("nice to meet you|pleased to meet you|good to see you|I'm happy to meet you", "it's nice to meet you|glad to meet you", "Nice to meet you too."),
    Topic("I'm tired|I'm bored|I'm sad|I'm hungry|I'm cold|I don't feel well|I feel bad|I'm ill|I had a bad day", "I am so tired|I feel sad|I'm feeling bad", "I'm sorry to hear that."),
)  # fmt: skip


@dataclass(frozen=True)
class Questions:
    """Phrasings and what stands in their slots; `{n}`, `{i}` and others of `slots.py` are filled too."""

    phrasings: tuple[str, ...]
    topics: Mapping[str, Sequence[str]]


_SEEN_TOPICS = {
    "c": "France|Spain|Germany|Japan|China|Brazil|Italy|Canada|Mexico|India|Russia|Australia|Argentina|London|Paris|Boston|Tokyo|Egypt|Norway|Peru|Cuba|Chile|New York|Berlin|Rome|Madrid|Poland|Greece|Africa".split("|"),
    "t": "photosynthesis|the moon|quantum physics|the telephone|democracy|love|history|pancakes|a house|a bicycle|the internet|gravity|the theory of relativity|chess|philosophy|music|the stock market|an engine|the French Revolution|a computer|electricity|the human brain|soup|life|a car|the piano|economics|black holes|a battery|dinosaurs|climate change|football|the sun|tigers|money|art|a clock|time|numbers|temperature|a kitchen scale|the alphabet".split("|"),
    "e": "the war|the First World War|the Second World War|the French Revolution|the Middle Ages|the crisis|the space race|the industrial revolution|the moon landing|the election|the flood|the concert".split("|"),
    "p": "Tom|Mary|my wife|my brother|the police|my boss|Einstein|Shakespeare|Napoleon|the president|my mother|Jim|the doctor|Picasso|the king".split("|"),
    "a": "an elephant|a whale|the Eiffel Tower|a football field|the Pacific Ocean|a mountain|a horse|a baby|the Amazon|a plane|a giraffe|a brick|the river".split("|"),
    "h": "Christmas|Easter|my birthday|the weekend|the holidays|summer|the next full moon|Halloween|the new year".split("|"),
}  # fmt: skip
_UNSEEN_TOPICS = {
    "c": "Portugal|Sweden|Turkey|Chicago|Lisbon|Vienna|Kenya|Thailand|Ireland|Moscow".split("|"),
    "t": "volcanoes|the violin|penguins|magnetism|coffee machines|poetry|a rocket|vaccines|the opera|steam engines|bread|glass".split("|"),
    "e": "the Cold War|the earthquake|the Renaissance|the strike|the Olympic Games".split("|"),
    "p": "Mozart|my sister|Darwin|the mayor|Susan|my neighbor".split("|"),
    "a": "a camel|the Statue of Liberty|an iceberg|a bus|the Sahara|a tennis court".split("|"),
    "h": "Thanksgiving|the next eclipse|my wedding|spring|payday".split("|"),
}

FAR = (
    Questions((
        "who (is|was) the (president|king|queen|prime minister) of {c}", "what is the capital of {c}", "how (many people live in|big is|old is|far away is) {c}", "why is the (sky|sea|grass|sun) (blue|green|yellow|so big)",
        "who (wrote|painted|invented|discovered) {t}", "when did {e} (happen|begin|end)", "what's the weather (like|) (today|tomorrow|in {c})", "will it rain (today|tomorrow|this week)", "is it (cold|hot|sunny|raining) (outside|in {c}|today)",
        "(play|put on) (some|) (music|jazz|rock|a song|my favorite song)", "(call|phone|text) {p}", "explain {t}", "how does {t} work", "tell me (about|something about|a story about) {t}", "what's the (weather|forecast) for (today|tomorrow|the weekend)",
        "write (a poem|an essay|a letter|a story) about {t}", "what is the meaning of {t}", "what do you think (of|about) {t}", "how do I (cook|make|build|repair|learn) {t}", "translate {t} into (German|Japanese|Russian)",
        "(recommend|suggest) (a book|a film|a restaurant) about {t}", "who won the (game|match|election|world cup)", "what happened in {c}", "summarize {t}", "compare {t} and {c}", "where can I buy {t}", "how much does {t} cost",
        "turn (on|off) the (light|lights|television|radio|heating)", "what is the news", "(what's|is there any) news (about|from) {c}", "who is the (best|tallest|richest) (player|man|woman|person) in {c}", "give me a recipe for {t}",
        "(who|what) is {p}", "where (is|was) {p} born", "do you (like|know|believe in) {t}", "is {t} (good|bad|dangerous|important)", "should I (learn|buy|study) {t}", "what is better {t} or {t}", "why do people (like|need|study) {t}",
        "what (movie|film|book) should I (see|read)", "what should I (eat|cook|wear|do) (today|tonight)", "which language do they speak in {c}", "how do you say {i} in (French|German)", "what is {t}", "what are {t}", "where is {c}", "are there {t} in {c}",
        "is it going to rain in {c} tomorrow", "do I need an umbrella", "what's your opinion (on|of) {t}", "is {p} (right|married|at home)", "read me (the news|a story|my email)", "find {t} on the internet", "search for {t}", "what (causes|caused) {e}",
    ), _SEEN_TOPICS),
    Questions((
        "can you explain {t} to me", "what can you tell me about {t}", "who lives in {c}", "what is {c} famous for", "how was {t} invented", "is it snowing in {c}", "do you think it will rain on Sunday", "what's going on in {c}",
        "give me the headlines", "who was {p} married to", "what did {p} say", "why did {e} happen", "which is older {c} or {c}", "what do you know about {t}", "how can I get better at {t}", "are you for or against {t}", "put the lights on", "what is the wind like today",
    ), _UNSEEN_TOPICS),
)  # fmt: skip
"""Questions that have nothing to do with the tools: to learn from, and unseen."""

NEAR = (
    Questions((
        "what is the square root of {t}", "how (many|much) (miles|kilometers) is it to {c}", "how far is it (to|from) {c}", "how far is {c} in (miles|kilometers)", "what time is it in {c}", "what's the time in {c}", "what is the time difference to {c}",
        "what (day|date) is {h}", "when is {h}", "how many days (until|till|to) {h}", "how long (until|till) {h}", "how many (weeks|hours) until {h}", "what (day|date) did {e} (begin|end)", "which year is it in the Chinese calendar", "what time does the (shop|bank|museum|library) (open|close)",
        "when does the next (train|bus|plane) (leave|arrive)", "what time is (the game|dinner|my meeting|sunset|sunrise)", "how long does it take to (boil an egg|cook rice|get to {c}|learn {t}|fly to {c})", "how (old|tall|heavy) is {p}", "how (tall|long|heavy|big|fast|deep) is {a}",
        "how (tall|long) is {a} in (meters|feet)", "how (heavy|much) is {a} in (pounds|kilograms)", "how many {t} are there in the world", "how much does {i} cost", "how much is {i}", "how many calories are in {i}", "what is {n} in (Spanish|French|Roman numerals|binary)", "is {n} a (prime|lucky|big) number",
        "how many (dollars|euros|pounds) are {n} (euros|dollars|pesos)", "convert {n} (dollars to euros|euros to dollars|pesos to dollars)", "what is {n} dollars in euros", "who invented the (timer|clock|mile|calendar|alarm clock|list)", "what is a (mile|timer|liter|prime number|percent|note)", "why are there {n} minutes in an hour", "why is a (mile|foot|pound) so (long|heavy|strange)",
        "set the (thermostat|volume|oven|brightness) to {n} (|degrees|percent)", "set the table for {n}", "start the (car|washing machine|dishwasher|music)", "stop the (car|music|war|video)", "cancel my (order|flight|subscription|appointment|meeting)", "delete my (account|photos|emails)", "wake up {p}", "remind {p} to {r}",
        "add {i} to (my cart|the recipe|the order)", "(order|buy|get me) {i}", "put {i} in the (fridge|oven)", "what's on (television|my calendar|the menu) (tonight|today|tomorrow)", "do I have (a meeting|an appointment|any email) (today|tomorrow)", "read (my email|my messages|the newspaper|this book to me)", "(send|text|mail) (my list|a note|a message) to {p}",
        "what did {p} write in the note", "how many hours should I sleep", "how many people are on the list of {c}", "what is x plus {n}", "solve x squared plus {n}", "what's the derivative of {t}", "what is {t} times {n}", "what is {n} times {t}", "divide {t} by {n}", "what is half of {t}", "what is {n} percent of {t}", "add {t} and {t}", "what is the sum of {t}", "what is the weight of {t}",
        "how many minutes of {t} are healthy", "what is the temperature in {c}", "what is the temperature (outside|today|of the sun)", "how (warm|cold|hot) is it (outside|today|in {c})", "will it be {n} degrees tomorrow", "flip a coin", "roll a dice", "pick a number", "give me a random number", "what is the biggest number", "what is pi", "count the stars",
        "spell {i}", "what rhymes with {i}", "where did I put my (keys|phone|notes|list)", "find my (phone|keys)", "how do I (set a watch|make a list in Word|write a note in Excel|read a clock)", "what is the best timer", "what's a good alarm clock", "how many timers does {p} have", "what was the time when {e} ended", "what is tomorrow's (weather|news|menu)", "what about {t}", "and {t}",
        "who called me yesterday", "what did I do yesterday", "what will happen tomorrow", "what should I do tomorrow", "what happened yesterday", "what's happening today", "who has (a birthday|the floor) today", "is today a holiday", "is the (bank|shop) open (today|tomorrow)", "what day was {p} born", "what is the date of {e}", "call me a taxi at eight", "book a table for {n}", "turn the volume up", "go to the next song",
        "take a (picture|photo|seat)", "write {p} a letter", "note the difference between {t} and {t}", "remember the French Revolution", "what do you remember about {p}", "repeat after me", "help {p}", "who can help {p}", "what can {p} do for me", "what is the answer to life", "how does the timer of a bomb work", "show me (a picture|a map) of {c}",
    ), _SEEN_TOPICS),
    Questions((
        "what is the logarithm of {t}", "what's {t} divided by {n}", "multiply {t} by {n}", "how late is it in {c}", "is it already tomorrow in {c}", "how many months until {h}", "on which day is {h} this year", "how many kilometers is {c} away", "what's the distance between {c} and {c}", "how much does {a} weigh", "how high is {a} in meters",
        "how many yen are {n} dollars", "what is the price of {i}", "how long should I cook {i}", "when does the pharmacy open", "what time does my flight leave", "set the heating to {n} degrees", "add {i} to my basket", "mail my shopping list to {p}", "please wake {p} at seven", "is my appointment tomorrow", "who invented the second", "what is an inch good for",
        "how hot is it in {c} now", "what's on the radio tomorrow", "stop the washing machine", "cancel my hotel", "throw a dice", "how do you spell {i}", "is {n} an odd number",
    ), _UNSEEN_TOPICS),
)  # fmt: skip
"""Questions that sound like those the tools answer, and that they can't."""


def small_talk(rng: random.Random, *, unseen: bool = False) -> Request:
    """Return something said for politeness' sake, with its reply."""
    topic = rng.choice(TALK)
    return Request(rng.choice((topic.unseen if unseen else topic.seen).split("|")), "small talk", reply=topic.reply)


def deferred(rng: random.Random, *, unseen: bool = False) -> Request:
    """Return a question that only a larger model can answer; its reply begins with `<|defer|>`. Half are near the tools' matters."""
    near = rng.random() < 0.5
    questions = (NEAR if near else FAR)[unseen]
    values = {name: rng.choice(topics) for name, topics in questions.topics.items()}
    values |= {"n": number_words(slots.number(rng)), "i": slots.thing(rng), "r": slots.task(rng)}
    phrasing = expand(rng.choice(questions.phrasings), {}, rng)
    for topics in ("t", "c"):  # a second one in a phrasing is another one
        if phrasing.count("{" + topics + "}") == 2:
            phrasing = phrasing.replace("{" + topics + "}", rng.choice(questions.topics[topics]), 1)
    return Request(expand(phrasing, values, rng), "near" if near else "far", reply=f"<|defer|>{DEFERRED}")
