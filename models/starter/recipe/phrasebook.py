"""What a phrasebook begins with: set phrases that people say first, and that no other sentence teaches."""

from __future__ import annotations

import random

from models.starter.recipe.conversation import TRANSLATE_PROMPTS, Conversation, Turn
from models.starter.recipe.hearing import careless

PHRASES = (
    "Good morning.|Buenos días.", "Good afternoon.|Buenas tardes.", "Good evening.|Buenas noches.", "Good night.|Buenas noches.", "Hello.|Hola.", "Hi!|¡Hola!",
    "Hi.|Hola.", "Goodbye.|Adiós.", "Bye.|Adiós.", "See you later.|Hasta luego.", "See you tomorrow.|Hasta mañana.", "See you soon.|Hasta pronto.",
    "Nice to meet you.|Encantado de conocerte.", "Pleased to meet you.|Mucho gusto.", "How are you?|¿Cómo estás?", "I'm fine, thank you.|Estoy bien, gracias.",
    "Very well, thank you.|Muy bien, gracias.", "And you?|¿Y tú?", "What's your name?|¿Cómo te llamas?", "My name is Ann.|Me llamo Ann.",
    "Where are you from?|¿De dónde eres?", "I'm from England.|Soy de Inglaterra.", "Welcome.|Bienvenido.", "Thank you.|Gracias.", "Thanks.|Gracias.",
    "Thank you very much.|Muchas gracias.", "You're welcome.|De nada.", "Please.|Por favor.", "Excuse me.|Disculpe.", "I'm sorry.|Lo siento.", "Sorry.|Perdón.",
    "Yes.|Sí.", "No.|No.", "Yes, please.|Sí, por favor.", "No, thank you.|No, gracias.", "Of course.|Por supuesto.", "All right.|De acuerdo.", "Okay.|Vale.",
    "I don't understand.|No entiendo.", "I don't know.|No lo sé.", "I don't speak Spanish.|No hablo español.", "Do you speak English?|¿Hablas inglés?",
    "Please speak more slowly.|Por favor, habla más despacio.", "Can you repeat that, please?|¿Puedes repetirlo, por favor?", "What does that mean?|¿Qué significa eso?",
    "Can you help me?|¿Puedes ayudarme?", "I need help.|Necesito ayuda.", "Help!|¡Socorro!", "Call a doctor.|Llame a un médico.", "Where is the bathroom?|¿Dónde está el baño?",
    "Where is the train station?|¿Dónde está la estación de tren?", "How much is it?|¿Cuánto es?", "How much does it cost?|¿Cuánto cuesta?", "The bill, please.|La cuenta, por favor.",
    "A coffee, please.|Un café, por favor.", "A table for two, please.|Una mesa para dos, por favor.", "I would like a glass of water.|Quisiera un vaso de agua.",
    "What time is it?|¿Qué hora es?", "It's three o'clock.|Son las tres.", "Today.|Hoy.", "Tomorrow.|Mañana.", "Yesterday.|Ayer.", "Now.|Ahora.", "Wait a moment.|Espera un momento.",
    "Let's go.|Vamos.", "Congratulations!|¡Felicidades!", "Happy birthday!|¡Feliz cumpleaños!", "Good luck!|¡Buena suerte!", "Cheers!|¡Salud!", "Enjoy your meal.|Buen provecho.",
    "Have a nice day.|Que tengas un buen día.", "Have a good trip.|Buen viaje.", "Take care.|Cuídate.", "I love you.|Te quiero.", "I'm hungry.|Tengo hambre.", "I'm thirsty.|Tengo sed.",
    "I'm tired.|Estoy cansado.", "It's cold.|Hace frío.", "It's hot.|Hace calor.", "No problem.|No hay problema.", "It doesn't matter.|No importa.", "Me too.|Yo también.",
    "Really?|¿De verdad?", "Be careful.|Ten cuidado.", "Come in.|Adelante.", "Sit down, please.|Siéntate, por favor.", "Long time no see.|Cuánto tiempo sin verte.",
)  # fmt: skip
"""English and Spanish, each of them right for the other."""


def phrasebook(count: int, rng: random.Random) -> list[Conversation]:
    """Return `count` phrases and their translations, as written or in haste; into Spanish and into English."""
    found = []
    for _ in range(count):
        english, spanish = rng.choice(PHRASES).split("|")
        source, target, lang = rng.choice([(english, spanish, "es"), (spanish, english, "en")])
        found.append(Conversation(TRANSLATE_PROMPTS[lang], (Turn(careless(source, rng) if rng.random() < 0.4 else source, target),)))
    return found
